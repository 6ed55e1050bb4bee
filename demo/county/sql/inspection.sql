-- Supervision items: about 6,000 at scale 1. For some the state on the day of assignment was dropped in a file too.
CREATE TABLE inspection_item AS
WITH base AS (
    SELECT i, 1 + (i % (SELECT count(*) FROM org)) AS org_no, DATE '2022-10-15' + whole(i, 'inspection/day', 0, 1180) AS assigned_on,
        whole(i, 'inspection/term', 15, 75) AS term, CASE WHEN u(i, 'inspection/lead') < 0.7 THEN 'lead' ELSE 'co' END AS lead_role
    FROM range(1, (6000 * getvariable('scale'))::BIGINT + 1) AS numbers(i)
), planned AS (
    SELECT base.*, org.id AS org_id, q.inspection AS q, assigned_on + 7 AS feedback_due_on, assigned_on + term AS due_on
    FROM base
    JOIN org ON org.number = base.org_no
    JOIN quality AS q ON q.org_no = base.org_no AND q.quarter_no = quarter_no(base.assigned_on)
), worked AS (
    SELECT *,
        upto_today(assigned_on + CASE WHEN u(i, 'inspection/feedback') < sigmoid(1.7 + 0.7 * q)
            THEN whole(i, 'inspection/feedback-day', 1, 7) ELSE whole(i, 'inspection/feedback-late', 8, 20) END) AS first_feedback_on,
        upto_today(CASE WHEN u(i, 'inspection/never') < 0.015 THEN NULL
            WHEN u(i, 'inspection/close') < sigmoid(1.7 + 0.9 * q) THEN due_on - whole(i, 'inspection/early', 0, 7)
            ELSE due_on + whole(i, 'inspection/late', 1, 60) END) AS closed_on
    FROM planned
)
SELECT i, 'DC' || lpad((20220000 + i)::VARCHAR, 8, '0') AS item_no, org_id,
    pick(['key_task', 'key_task', 'special', 'livelihood', 'safety'], i, 'inspection/type') AS item_type, lead_role,
    assigned_on, feedback_due_on, first_feedback_on, due_on, closed_on,
    CASE WHEN closed_on IS NOT NULL THEN u(i, 'inspection/first') < sigmoid(1.3 + 0.8 * q) END AS passed_first,
    CASE WHEN closed_on IS NOT NULL AND u(i, 'inspection/checked') < 0.5 THEN u(i, 'inspection/true') < sigmoid(2.4 + 0.7 * q) END
        AS verified_true,
    CASE WHEN coalesce(closed_on, DATE '2026-01-20') > due_on + 30 THEN 'red'
        WHEN coalesce(closed_on, DATE '2026-01-20') > due_on + 10 THEN 'yellow' ELSE 'none' END AS card,
    coalesce(closed_on > DATE '2025-12-25', false) AND u(i, 'inspection/contested') < 0.3 AS contested
FROM worked;

CREATE TABLE inspection AS
WITH version AS (
    SELECT *, written_at(greatest(assigned_on, first_feedback_on, closed_on), i) AS updated_at FROM inspection_item
    UNION ALL
    SELECT * REPLACE (NULL AS first_feedback_on, NULL AS closed_on, NULL AS passed_first, NULL AS verified_true, 'none' AS card,
        false AS contested), written_at(assigned_on, i) AS updated_at
    FROM inspection_item WHERE closed_on IS NOT NULL AND closed_on > assigned_on + 2 AND u(i, 'inspection/opening') < 0.25
)
SELECT * REPLACE (day_text(assigned_on) AS assigned_on, day_text(feedback_due_on) AS feedback_due_on,
        day_text(first_feedback_on) AS first_feedback_on, day_text(due_on) AS due_on, day_text(closed_on) AS closed_on,
        time_text(updated_at) AS updated_at),
    person(i, 'inspection') AS informant_name, phone(i, 'inspection') AS informant_phone, card(i, 'inspection') AS informant_card,
    '来源人' || person(i, 'inspection') || '反映进展' AS lead_text
FROM version;

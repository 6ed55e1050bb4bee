-- Petition items: about 20,000 at scale 1. One in a hundred is an accusation, which must never leave the system.
CREATE TABLE petition AS
WITH base AS (
    SELECT i, slot.org_no, org.id AS org_id, DATE '2022-10-01' + whole(i, 'petition/day', 0, 1200) AS registered_on,
        CASE WHEN u(i, 'petition/accusation') < 0.01 THEN 'accusation'
            ELSE pick(['request', 'request', 'request', 'request', 'suggestion', 'dispute'], i, 'petition/class') END AS item_class
    FROM range(1, (20000 * getvariable('scale'))::BIGINT + 1) AS numbers(i)
    JOIN slot ON slot.slot = whole(i, 'petition/org', 0, 999)
    JOIN org ON org.number = slot.org_no
), planned AS (
    SELECT base.*, q.petition AS q, registered_on + 15 AS accept_due_on,
        registered_on + CASE WHEN u(i, 'petition/extended') < 0.15 THEN 90 ELSE 60 END AS close_due_on
    FROM base JOIN quality AS q ON q.org_no = base.org_no AND q.quarter_no = quarter_no(base.registered_on)
), accepted AS (
    SELECT *, upto_today(registered_on + CASE WHEN u(i, 'petition/accept') < sigmoid(2.4 + 0.8 * q)
        THEN whole(i, 'petition/accept-day', 1, 15) ELSE whole(i, 'petition/accept-late', 16, 40) END) AS accepted_on
    FROM planned
), closed AS (
    SELECT *, upto_today(CASE WHEN u(i, 'petition/never') < 0.02 THEN NULL
        WHEN u(i, 'petition/close') < sigmoid(1.9 + 0.9 * q) THEN registered_on + whole(i, 'petition/close-day', 16, 59)
        ELSE close_due_on + whole(i, 'petition/close-late', 1, 80) END) AS closed_on
    FROM accepted
), answered AS (
    SELECT *, closed_on IS NOT NULL AND u(i, 'petition/asked') < 0.85 AS satisfaction_asked,
        closed_on IS NOT NULL AND u(i, 'petition/review') < sigmoid(-2.6 - 0.4 * q) AS review_asked
    FROM closed
)
SELECT i,
    'XF' || year(registered_on)::VARCHAR || '-' || lpad(i::VARCHAR, 7, '0') AS item_no, org_id, item_class,
    pick(['letter', 'visit', 'visit', 'online', 'online', 'online', 'phone'], i, 'petition/channel') AS channel,
    u(i, 'petition/first') < sigmoid(1.3 + 0.5 * q) AS first_visit,
    day_text(registered_on) AS registered_on, day_text(accept_due_on) AS accept_due_on, day_text(accepted_on) AS accepted_on,
    day_text(close_due_on) AS close_due_on, day_text(closed_on) AS closed_on, satisfaction_asked,
    CASE WHEN satisfaction_asked AND u(i, 'petition/answers') < 0.7 THEN
        CASE WHEN u(i, 'petition/unhappy') < sigmoid(-1.3 - 0.7 * q) THEN 'dissatisfied'
            ELSE pick(['satisfied', 'satisfied', 'basically'], i, 'petition/happy') END END AS satisfaction,
    review_asked,
    CASE WHEN review_asked AND closed_on + 60 <= DATE '2026-01-20' THEN u(i, 'petition/overturned') < sigmoid(-1.6 - 0.5 * q) END
        AS review_overturned,
    u(i, 'petition/backlog') < 0.04 AS backlog,
    time_text(written_at(greatest(registered_on, accepted_on, closed_on), i)) AS updated_at,
    person(i, 'petition') AS petitioner_name, card(i, 'petition') AS id_card, phone(i, 'petition') AS phone,
    '云岫县' || whole(i, 'petition/house', 1, 900)::VARCHAR || '号' AS address,
    person(i, 'petition') || '反映：请予处理，电话' || phone(i, 'petition') AS content
FROM answered;

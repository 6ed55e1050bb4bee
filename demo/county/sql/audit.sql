-- Audit findings: about 4,000 at scale 1. What was found may have happened up to three years before.
CREATE TABLE audit AS
WITH base AS (
    SELECT i, 1 + (i % (SELECT count(*) FROM org)) AS org_no, DATE '2022-10-01' + whole(i, 'audit/day', 0, 1150) AS found_on,
        exp(11.5 + 1.3 * gauss(i, 'audit/amount')) AS amount
    FROM range(1, (4000 * getvariable('scale'))::BIGINT + 1) AS numbers(i)
), planned AS (
    SELECT base.*, org.id AS org_id, q.audit AS q, found_on - whole(i, 'audit/before', 20, 1100) AS event_on,
        found_on + pick([60, 60, 90], i, 'audit/term') AS due_on, whole(i, 'audit/advice', 0, 4) AS advice_given
    FROM base
    JOIN org ON org.number = base.org_no
    JOIN quality AS q ON q.org_no = base.org_no AND q.quarter_no = quarter_no(base.found_on)
), worked AS (
    SELECT *, upto_today(CASE WHEN u(i, 'audit/never') < sigmoid(-2.6 - 0.8 * q) THEN NULL
        WHEN u(i, 'audit/in-time') < sigmoid(1.4 + 0.9 * q) THEN found_on + whole(i, 'audit/days', 15, 59)
        ELSE due_on + whole(i, 'audit/late', 1, 150) END) AS rectified_on
    FROM planned
), checked AS (
    SELECT *, CASE WHEN rectified_on IS NULL THEN 'unverified'
        WHEN u(i, 'audit/rejected') < sigmoid(-3.2 - 0.5 * q) THEN 'rejected'
        WHEN u(i, 'audit/verified') < 0.85 THEN 'verified' ELSE 'unverified' END AS verified
    FROM worked
)
SELECT i,
    'SJ' || year(found_on)::VARCHAR || '-' || lpad(i::VARCHAR, 6, '0') AS issue_no, org_id,
    pick(['fiscal', 'fiscal', 'procurement', 'asset', 'project', 'livelihood'], i, 'audit/category') AS category,
    amount::DECIMAL(18, 2) AS amount_yuan,
    (CASE WHEN rectified_on IS NOT NULL AND verified <> 'rejected' THEN amount ELSE amount * u(i, 'audit/part') * 0.8 END)::DECIMAL(18, 2)
        AS rectified_amount_yuan,
    day_text(event_on) AS event_on, CASE WHEN u(i, 'audit/direct') < 0.4 THEN 'direct' ELSE 'leadership' END AS responsibility,
    day_text(found_on) AS found_on, day_text(due_on) AS due_on, day_text(rectified_on) AS rectified_on, verified,
    u(i, 'audit/repeat') < sigmoid(-2.5 - 0.6 * q) AS repeat_finding, advice_given,
    least(advice_given, floor((advice_given + 1) * (0.35 + 0.65 * u(i, 'audit/adopted')) * sigmoid(1.8 + 0.6 * q) + 0.2))::INTEGER
        AS advice_adopted,
    CASE WHEN u(i, 'audit/withdrawn') < 0.01 THEN 'withdrawn'
        WHEN rectified_on IS NOT NULL AND verified = 'verified' THEN 'closed' ELSE 'open' END AS status,
    time_text(written_at(greatest(found_on, rectified_on), i)) AS updated_at,
    person(i, 'audit') AS third_party_name, '6228' || lpad(whole(i, 'audit/account', 0, 999999999)::VARCHAR, 15, '0') AS account_no,
    '线索：' || person(i, 'audit-lead') || '，' || phone(i, 'audit-lead') AS lead_note
FROM checked;

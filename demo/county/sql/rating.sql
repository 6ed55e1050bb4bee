-- Services handled and how they were rated: about 150,000 at scale 1.
CREATE TABLE rating AS
WITH base AS (
    SELECT i, slot.org_no, org.id AS org_id,
        DATE '2023-01-01' + whole(i, 'rating/day', 0, 1095) AS day,
        pick(['hall', 'hall', 'hall', 'online', 'online', 'online', 'phone', 'terminal'], i, 'rating/channel') AS channel
    FROM range(1, (150000 * getvariable('scale'))::BIGINT + 1) AS numbers(i)
    JOIN slot ON slot.slot = whole(i, 'rating/org', 0, 999)
    JOIN org ON org.number = slot.org_no
), handled AS (
    SELECT base.*, q.service AS q,
        -- the hall is closed at weekends
        (CASE WHEN channel = 'hall' AND isodow(day) > 5 THEN day - (isodow(day) - 5)::INTEGER ELSE day END)::TIMESTAMP
            + to_seconds(30600 + whole(i, 'rating/second', 0, 30000)) AS handled_at
    FROM base JOIN quality AS q ON q.org_no = base.org_no AND q.quarter_no = quarter_no(base.day)
), rated AS (
    SELECT *, CASE WHEN u(i, 'rating/rated') < sigmoid(1.1 + 0.4 * q)
        THEN handled_at + to_seconds(whole(i, 'rating/wait', 60, 90000)) END AS rated_at
    FROM handled
), graded AS (
    SELECT *,
        CASE WHEN rated_at IS NULL THEN NULL
            WHEN u(i, 'rating/bad') < sigmoid(-3.3 - 0.7 * q) THEN pick([1, 2, 2], i, 'rating/how-bad')
            WHEN u(i, 'rating/good') < sigmoid(0.9 + 0.5 * q) THEN 5
            ELSE pick([4, 4, 4, 3], i, 'rating/middling') END AS grade,
        CASE WHEN rated_at IS NOT NULL AND u(i, 'rating/void') < 0.012
            THEN pick(['duplicate', 'test', 'malicious'], i, 'rating/why-void') END AS void_reason
    FROM rated
), clocked AS (
    SELECT *,
        -- one working day: to the same hour of the next day that is not a weekend
        CASE WHEN grade <= 2 AND void_reason IS NULL
            THEN rated_at + to_days(CASE isodow(rated_at) WHEN 5 THEN 3 WHEN 6 THEN 2 ELSE 1 END) END AS contact_due_at
    FROM graded
), followed AS (
    SELECT *,
        CASE WHEN contact_due_at IS NULL OR u(i, 'rating/contact') > 0.96 THEN NULL
            WHEN u(i, 'rating/in-time') < sigmoid(1.5 + 0.8 * q)
            THEN rated_at + (contact_due_at - rated_at) * u(i, 'rating/promptness')
            ELSE contact_due_at + to_seconds(whole(i, 'rating/lateness', 3600, 600000)) END AS contacted_at
    FROM clocked
)
SELECT i,
    'PJ' || lpad(i::VARCHAR, 10, '0') AS rating_no, org_id,
    lpad((100000 + 37 * whole(i, 'rating/service', 1, 400))::VARCHAR, 6, '0') AS service_code, channel,
    time_text(handled_at) AS handled_at, time_text(rated_at) AS rated_at, grade,
    CASE WHEN grade IS NOT NULL THEN u(i, 'rating/active') < sigmoid(0.3 + 0.5 * q) END AS active, void_reason,
    time_text(contact_due_at) AS contact_due_at, time_text(contacted_at) AS contacted_at,
    CASE WHEN contact_due_at IS NOT NULL THEN contacted_at IS NOT NULL AND u(i, 'rating/fixed') < sigmoid(1.6 + 0.8 * q) END AS fixed,
    CASE WHEN contact_due_at IS NOT NULL THEN contacted_at IS NOT NULL AND u(i, 'rating/revisited') < sigmoid(1.0 + 0.7 * q) END AS revisited,
    time_text(least(greatest(handled_at, rated_at, contacted_at) + to_seconds(whole(i, 'rating/written', 60, 70000)),
        TIMESTAMP '2026-01-20 06:00:00')) AS updated_at,
    person(i, 'rating') AS applicant_name, card(i, 'rating') AS id_card, phone(i, 'rating') AS phone,
    CASE WHEN grade <= 2 THEN '我是' || person(i, 'rating') || '，请回电' || phone(i, 'rating') ELSE '' END AS comment,
    'K' || lpad(whole(i, 'rating/clerk', 1, 300)::VARCHAR, 4, '0') AS clerk_id,
    person(whole(i, 'rating/clerk', 1, 300), 'clerk') AS clerk_name
FROM followed;

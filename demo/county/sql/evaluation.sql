-- Ballots, aggregated: every team and every cadre in office at the end of the quarter, three groups of evaluators, four items.
CREATE TABLE evaluation AS
WITH period AS (
    SELECT (DATE '2023-01-01' + to_months(3 * (n + 1)))::DATE - 1 AS period_end FROM range(12) AS numbers(n)
), subject AS (
    SELECT period_end, 'organisation' AS subject_type, id AS org_id, number AS org_no, NULL AS cadre_id, 0 AS cadre_no FROM period, org
    UNION ALL
    SELECT period_end, 'cadre', org_id, org_no, cadre_id, cadre_no FROM period
    JOIN tenure ON tenure.start_on <= period_end AND coalesce(tenure.end_on, DATE '2099-12-31') > period_end
), cell AS (
    SELECT subject.*, evaluator, item, row_number() OVER (ORDER BY period_end, subject_type DESC, org_no, cadre_no, evaluator, item) AS i
    FROM subject, unnest(['superior', 'peer', 'public']) AS e(evaluator), unnest(['innovation', 'execution', 'service', 'integrity']) AS t(item)
)
SELECT i, 'PP' || lpad(i::VARCHAR, 9, '0') AS ballot_no, subject_type, org_id, cadre_id, evaluator, item, day_text(period_end) AS period_end,
    CASE evaluator WHEN 'superior' THEN whole(i, 'ballots', 5, 9) WHEN 'peer' THEN whole(i, 'ballots', 15, 60)
        ELSE whole(i, 'ballots', 30, 200) END AS ballots,
    least(100, 84 + 3.5 * q.reputation + CASE WHEN cadre_no > 0 THEN 3.5 * gauss(cadre_no, 'able') ELSE 0 END
        + 1.5 * gauss(cell.org_no * 1000 + cadre_no, item) + CASE evaluator WHEN 'peer' THEN 2 WHEN 'public' THEN -1 ELSE 0 END
        + 1.2 * gauss(i, 'ballot'))::DECIMAL(5, 2) AS mean_score,
    time_text(written_at(period_end + whole(quarter_no(period_end), 'count-day', 5, 10), i)) AS updated_at,
    person(i, 'rater') AS rater_name, card(i, 'rater') AS rater_id_card, phone(i, 'rater') AS rater_phone
FROM cell JOIN quality AS q ON q.org_no = cell.org_no AND q.quarter_no = quarter_no(cell.period_end);

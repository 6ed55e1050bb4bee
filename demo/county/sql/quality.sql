-- How good each organisation really is, by topic and quarter: about normal around 0, with a slow drift. Northern towns
-- are stronger in farming and environment, southern ones in industry. Nothing of this is visible in any source.
CREATE TABLE quality AS
WITH topic AS (
    SELECT unnest(['service', 'petition', 'audit', 'inspection', 'economy', 'agriculture', 'industry', 'environment', 'reputation']) AS topic
), cell AS (
    SELECT org.number AS org_no, org.org_group, topic.topic, quarter.range AS quarter_no
    FROM org, topic, range(-20, 24) AS quarter
), rated AS (
    SELECT org_no, quarter_no, topic,
        0.55 * gauss(org_no, 'general') + 0.65 * gauss(org_no, topic) + 0.2 * gauss(org_no * 1000 + quarter_no, topic)
        + 0.03 * gauss(org_no, topic || '/drift') * (quarter_no - 12)
        + CASE WHEN org_group = 'north' AND topic IN ('agriculture', 'environment') THEN 0.6
               WHEN org_group = 'south' AND topic IN ('industry', 'economy') THEN 0.6
               WHEN org_group = 'south' AND topic = 'environment' THEN -0.4 ELSE 0 END AS q
    FROM cell
)
SELECT org_no, quarter_no,
    max(q) FILTER (topic = 'service') AS service, max(q) FILTER (topic = 'petition') AS petition,
    max(q) FILTER (topic = 'audit') AS audit, max(q) FILTER (topic = 'inspection') AS inspection,
    max(q) FILTER (topic = 'economy') AS economy, max(q) FILTER (topic = 'agriculture') AS agriculture,
    max(q) FILTER (topic = 'industry') AS industry, max(q) FILTER (topic = 'environment') AS environment,
    max(q) FILTER (topic = 'reputation') AS reputation
FROM rated GROUP BY ALL;

-- 1,000 slots: an organisation with more slots has more cases. Two organisations have hardly any.
CREATE TABLE slot AS
WITH weight AS (
    SELECT number AS org_no, CASE WHEN number IN (27, 45) THEN 0.02 ELSE exp(0.5 * gauss(number, 'size')) END AS w FROM org
), stacked AS (
    SELECT org_no, sum(w) OVER (ORDER BY org_no) - w AS low, sum(w) OVER (ORDER BY org_no) AS high, sum(w) OVER () AS total FROM weight
)
SELECT slot.range AS slot, min(org_no) AS org_no
FROM range(1000) AS slot JOIN stacked ON (slot.range + 0.5) / 1000 >= low / total AND (slot.range + 0.5) / 1000 < high / total
GROUP BY slot.range;
INSERT INTO slot  -- a slot lost to rounding belongs to the first organisation
SELECT range, 1 FROM range(1000) WHERE range NOT IN (SELECT slot FROM slot);

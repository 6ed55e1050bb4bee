-- Fifteen series of every town and quarter in three vintages, and six targets. Amounts are cumulative within the year.
CREATE TABLE series AS SELECT * FROM (VALUES
    --  series,                     unit,         basis,        topic,         middle, spread, better, target
    ('gdp_growth',                  'PCT',        'yoy',        'economy',       6.0,    1.6,   1, true),
    ('industrial_output_growth',    'PCT',        'yoy',        'industry',      7.0,    2.5,   1, false),
    ('investment_growth',           'PCT',        'yoy',        'economy',       8.0,    4.0,   1, true),
    ('industrial_investment_signed','WAN_YUAN',   'cumulative', 'industry',  30000.0, 9000.0,   1, true),
    ('agricultural_output_growth',  'PCT',        'yoy',        'agriculture',   4.0,    1.2,   1, true),
    ('grain_output',                'TONNE',      'cumulative', 'agriculture', 9000.0, 2500.0,  1, true),
    ('rural_income_growth',         'PCT',        'yoy',        'agriculture',   6.5,    1.3,   1, false),
    ('habitat_rate',                'PCT',        'level',      'environment',  86.0,    5.0,   1, false),
    ('water_quality_rate',          'PCT',        'level',      'environment',  90.0,    4.0,   1, false),
    ('pm25',                        'UG_M3',      'level',      'environment',  33.0,    5.0,  -1, false),
    ('energy_intensity',            'TCE_WAN_YUAN','level',     'industry',      0.52,   0.08, -1, false),
    ('rd_intensity',                'PCT',        'level',      'industry',      1.6,    0.5,   1, false),
    ('budget_revenue_growth',       'PCT',        'yoy',        'economy',       5.0,    2.5,   1, false),
    ('new_jobs',                    'PERSON',     'cumulative', 'economy',     800.0,  160.0,   1, true),
    ('retail_growth',               'PCT',        'yoy',        'economy',       5.5,    1.8,   1, false)
) AS s(series, unit, basis, topic, middle, spread, better, has_target);

CREATE TABLE observation AS
WITH cell AS (
    SELECT row_number() OVER (ORDER BY series.series, org.number, n) AS i, series.*, org.number AS org_no, org.id AS org_id,
        2023 + n // 4 AS in_year, 1 + n % 4 AS in_quarter, (DATE '2023-01-01' + to_months((3 * (n + 1))::INTEGER))::DATE - 1 AS period_end
    FROM series, org, range(12) AS numbers(n) WHERE org.org_class = 'town'
), valued AS (
    SELECT cell.*,
        CASE topic WHEN 'economy' THEN q.economy WHEN 'agriculture' THEN q.agriculture WHEN 'industry' THEN q.industry
            ELSE q.environment END AS q,
        CASE WHEN basis <> 'cumulative' THEN 1.0 WHEN series = 'grain_output' THEN [0.02, 0.3, 0.55, 1.0][in_quarter]
            ELSE [0.22, 0.48, 0.74, 1.0][in_quarter] END AS part_of_year,
        CASE WHEN basis = 'cumulative' THEN exp(0.35 * gauss(cell.org_no, series || '/size')) ELSE 1.0 END AS size
    FROM cell JOIN quality AS q ON q.org_no = cell.org_no AND q.quarter_no = quarter_no(cell.period_end)
)
SELECT *, greatest(part_of_year * size * (middle + better * spread * 0.6 * q + spread * 0.3 * gauss(i, 'noise')),
        CASE WHEN unit = 'PCT' AND basis = 'yoy' THEN -20 ELSE 0.01 * middle END) AS truth,
    part_of_year * size * (middle + 0.15 * spread) AS target
FROM valued;

CREATE TABLE statistics AS
WITH vintage AS (
    SELECT * FROM (VALUES ('P', 0, 0.02), ('V', 45, 0.006), ('F', 90, 0.0)) AS v(vintage, after_days, error)
), figure AS (
    SELECT observation.*, vintage.*, truth * (1 + error * gauss(i, 'error/' || vintage)) AS figure,
        (period_end + 16 + after_days)::TIMESTAMP + to_seconds(32400 + whole(quarter_no(period_end), 'release', 0, 3600)) AS published_at
    FROM observation, vintage
), row_of AS (
    SELECT i, series, org_id, in_year, in_quarter, period_end, unit, basis, vintage, figure, published_at FROM figure
    UNION ALL  -- a target is set in January and is final
    SELECT i + 100000, series || '_target', org_id, in_year, in_quarter, period_end, unit, basis, 'F', target,
        make_date(in_year::BIGINT, 1::BIGINT, 20::BIGINT)::TIMESTAMP + INTERVAL 9 HOUR
    FROM observation WHERE has_target
)
SELECT i, series AS "SERIES", org_id AS "REF_AREA", vintage AS "VINTAGE", in_year::VARCHAR || '-Q' || in_quarter::VARCHAR AS "TIME_PERIOD",
    (CASE WHEN unit IN ('WAN_YUAN', 'PERSON', 'TONNE') THEN round(figure)
        WHEN series IN ('habitat_rate', 'water_quality_rate') THEN least(round(figure, 2), 100)
        ELSE round(figure, 4) END)::DECIMAL(18, 4)::DOUBLE::VARCHAR AS "OBS_VALUE",
    unit AS "UNIT_MEASURE", basis AS "BASIS", day_text(period_end) AS "PERIOD_END", 'true' AS "HAS_DATA",
    time_text(published_at) AS "PUBLISHED_AT",
    person(i, 'respondent') AS "RESPONDENT", card(i, 'respondent') AS "RESPONDENT_ID", phone(i, 'respondent') AS "RESPONDENT_PHONE"
FROM row_of WHERE published_at <= TIMESTAMP '2026-01-20 12:00:00';

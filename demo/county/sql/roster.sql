-- The personnel system: organisations, tenures, portfolios. A span that ended was first written without its end.
CREATE TABLE roster AS
WITH record AS (
    SELECT 1 AS kind, number AS place, 'organisation' AS record_type, id AS org_id, NULL::INTEGER AS cadre_no, NULL AS cadre_name,
        NULL AS post, NULL AS role, NULL AS domain, NULL::DOUBLE AS share, DATE '2016-01-01' AS start_on, NULL::DATE AS end_on
    FROM org
    UNION ALL
    SELECT 2, place, 'post', org_id, cadre_no, cadre_name, post, role, NULL, NULL, start_on, end_on FROM tenure
    UNION ALL
    SELECT 3, place, 'portfolio', org_id, cadre_no, cadre_name, NULL, NULL, domain, share, start_on, end_on FROM portfolio
), numbered AS (
    SELECT *, row_number() OVER (ORDER BY kind, place) AS i FROM record
), version AS (
    SELECT *, written_at(coalesce(end_on, start_on) + 1, i) AS updated_at FROM numbered
    UNION ALL
    SELECT * REPLACE (NULL AS end_on), written_at(start_on + 1, i) AS updated_at FROM numbered
    WHERE end_on >= DATE '2023-01-01' AND end_on > start_on + 2
)
SELECT version.i, 'R' || lpad(version.i::VARCHAR, 6, '0') AS record_no, record_type, version.org_id, org.name AS org_name, org.org_class,
    org.org_group, 'C' || lpad(cadre_no::VARCHAR, 4, '0') AS cadre_id, cadre_name, post, role, domain, share,
    day_text(start_on) AS valid_from, day_text(end_on) AS valid_to, time_text(updated_at) AS updated_at,
    card(cadre_no, 'cadre') AS id_card, phone(cadre_no, 'cadre') AS mobile,
    '云岫县家属区' || whole(cadre_no, 'home', 1, 300)::VARCHAR || '号' AS home_address,
    day_text(DATE '1966-01-01' + whole(cadre_no, 'birth', 0, 8000)) AS birth_on
FROM version JOIN org ON org.id = version.org_id;

-- Chance that depends on nothing but the seed, the row and the purpose: the same county on every machine and any
-- number of threads. "seed" and "scale" are variables that the generator sets.

CREATE MACRO u(i, purpose) AS  -- uniform in [0, 1)
    (hash(i::BIGINT, purpose, getvariable('seed')::BIGINT) % 1000000007) / 1000000007.0;

CREATE MACRO gauss(i, purpose) AS
    sqrt(-2 * ln(u(i, purpose || '/r') + 1e-10)) * cos(2 * pi() * u(i, purpose || '/a'));

CREATE MACRO sigmoid(x) AS 1 / (1 + exp(-x));

CREATE MACRO whole(i, purpose, low, high) AS  -- a whole number from low to high
    (low + floor(u(i, purpose) * (high - low + 1)))::INTEGER;

CREATE MACRO pick(choices, i, purpose) AS choices[whole(i, purpose, 1, len(choices))];

CREATE MACRO quarter_no(day) AS (year(day) - 2021) * 4 + quarter(day);  -- 1 is the first quarter of 2021

CREATE MACRO upto_today(day) AS CASE WHEN day <= DATE '2026-01-20' THEN day END;  -- what has not happened is not known

CREATE MACRO written_at(day, i) AS  -- when a system writes down what happened on a day
    least(day::TIMESTAMP + to_seconds(28800 + whole(i, 'written', 0, 64000)), TIMESTAMP '2026-01-20 06:00:00');

CREATE MACRO day_text(day) AS strftime(day, '%Y-%m-%d');

CREATE MACRO time_text(moment) AS strftime(moment, '%Y-%m-%dT%H:%M:%S');

-- Identities, as the source systems hold them.
CREATE MACRO person(i, purpose) AS
    pick(['欧', '柏', '龚', '殷', '施', '邱', '侯', '龙', '万', '段', '雷', '钱', '汤', '尹', '黎', '易', '常', '武'], i, purpose || '/s')
    || pick(['佳', '嘉', '浩', '欣', '雨', '思', '梓', '一', '天', '若', '晨', '可'], i, purpose || '/1')
    || pick(['怡', '然', '轩', '涵', '琪', '宇', '博', '妍', '萱', '诺', '昊', '彤'], i, purpose || '/2');

CREATE MACRO card(i, purpose) AS
    '530199' || strftime(DATE '1950-01-01' + whole(i, purpose || '/b', 0, 18000), '%Y%m%d')
    || lpad(whole(i, purpose || '/n', 0, 9999)::VARCHAR, 4, '0');

CREATE MACRO phone(i, purpose) AS '1' || (30 + whole(i, purpose || '/p', 0, 59))::VARCHAR || lpad(whole(i, purpose || '/q', 0, 99999999)::VARCHAR, 8, '0');

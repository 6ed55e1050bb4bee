select indicator, title_en, title_zh, meaning, feed, kind, unit, direction, subject, minimum_n, domain, attributed_by, dimension, formula,
       where_sql, numerator_sql, denominator_sql, decisive_date, when_none
from dim.indicator order by indicator

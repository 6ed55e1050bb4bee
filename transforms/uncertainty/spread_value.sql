-- What adjustments read of the values.
create or replace temp table value_next as
select v.* replace (r.case_no as case_no) from value as v join run_case as r on r.sample_case = v.case_no;

-- How a cell of a user's table is read. variable: absent_words, the lower-case words that say that nothing is there.
-- Blanks around it, the wide one of Chinese text among them, say nothing.
create or replace temp macro cell_text(cell) as nullif(trim(cast(cell as varchar), ' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(12288)), '');
create or replace temp macro cell_absent(cell) as cell_text(cell) is null or list_contains(getvariable('absent_words'), lower(cell_text(cell)));
create or replace temp macro cell_number(cell) as case when not cell_absent(cell) then try_cast(cell_text(cell) as double) end;
create or replace temp macro cell_no_number(cell) as not cell_absent(cell) and try_cast(cell_text(cell) as double) is null;
create or replace temp macro cell_time(cell) as cast(try_cast(cell_text(cell) as timestamptz) as timestamp);
create or replace temp macro cell_usable(x) as isfinite(x) and abs(x) <= 1e150;
-- yes, no, or null where it is neither
create or replace temp macro cell_answer(cell) as
    case when lower(cell_text(cell)) in ('true', 't', '1', 'yes', 'y', '是') then true
         when cell_text(cell) is null or lower(cell_text(cell)) in ('false', 'f', '0', 'no', 'n', '否') then false end;

create or replace temp table refused (file_no int, file varchar, row_no bigint, column_name varchar, value varchar, reason varchar, fix varchar);

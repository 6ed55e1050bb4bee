-- What the scheme itself makes has no raw value of its own: as it is made, it is as it came.
update value set raw = value.value where value.indicator_no = getvariable('prepare_code_no');

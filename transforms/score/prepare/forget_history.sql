-- Treated against its peers, an indicator is no longer in the unit of its earlier periods: those are not used from here on.
delete from value where case_no < 0 and indicator_no in (select indicator_no from prepare_indicator);

-- What comes where winsorising was of no use is reported for those indicators alone.
delete from shape_before where (indicator_no, peer_no) not in (select (indicator_no, peer_no) from failed);

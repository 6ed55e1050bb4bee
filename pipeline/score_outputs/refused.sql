select file, row_no as "row", column_name as "column", value, reason
from refused order by file_no, row_no, column_name, reason

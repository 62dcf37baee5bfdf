-- files of statements that wait for their import hold call records
UPDATE mvno_statement
   SET source_file = NULL;

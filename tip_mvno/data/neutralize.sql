-- a copy of the database must not reach the operator's account
UPDATE mvno_platform
   SET user_token = NULL,
       base_url = 'http://127.0.0.1:9/neutralized',
       state = 'draft',
       last_error = NULL;

UPDATE ir_cron
   SET active = false
 WHERE id IN (
       SELECT res_id FROM ir_model_data
        WHERE module = 'tip_mvno' AND model = 'ir.cron'
 );

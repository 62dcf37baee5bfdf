-- a copy of the database must not reach the operator's account
DELETE FROM mvno_platform_token;
DELETE FROM mvno_platform_account;

UPDATE mvno_platform
   SET base_url = 'http://127.0.0.1:9/neutralized',
       state = 'draft',
       last_error = NULL;

-- nor a customer's telephone
UPDATE mvno_simcard
   SET esim_code = NULL
 WHERE esim_code IS NOT NULL;

UPDATE mvno_command
   SET state = 'cancelled',
       error = 'Neutralized copy of the database.',
       settled_at = now() AT TIME ZONE 'UTC'
 WHERE state IN ('pending', 'sent', 'unknown');

UPDATE ir_cron
   SET active = false
 WHERE id IN (
       SELECT res_id FROM ir_model_data
        WHERE module = 'tip_mvno' AND model = 'ir.cron'
 );

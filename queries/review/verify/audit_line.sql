-- What does line $seq of the audit log say?
SELECT seq, hash FROM audit WHERE seq = $seq

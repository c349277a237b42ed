-- A department's view on a point is now this.
INSERT OR REPLACE INTO consultation_view (consultation_no, point_no, department, stance, text, account_id, given_at)
VALUES ($consultation_no, $point_no, $department, $stance, $text, $account_id, $given_at)

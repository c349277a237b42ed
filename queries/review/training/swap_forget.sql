-- The turn $turn is not exchanged.
DELETE FROM hosting_swap WHERE turn = $turn

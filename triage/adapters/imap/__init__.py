"""The shared mailbox over IMAP (RFC 3501): `mailbox.ImapMailbox` reads and files, `doorbell.Doorbell` rings when something is new."""

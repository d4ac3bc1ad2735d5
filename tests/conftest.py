"""What every test may use. No mocks of our own code: real SQLite, real SMTP, real IMAP."""

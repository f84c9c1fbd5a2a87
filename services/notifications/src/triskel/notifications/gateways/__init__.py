"""The outside of the notifications service: SMTP, texts, calendar files."""

"""What the public status page says: its values, how they are read, how they are told, and which incident a mail may be about. Pure."""

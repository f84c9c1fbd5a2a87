"""What a register says otherwise than people who have set it."""

"""Innovation challenges: phases, teams, jury, finals."""

"""How hosts answer what schools ask of them."""

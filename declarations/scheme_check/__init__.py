"""Every contradiction in a scheme, found before anything runs. One file a part of the scheme; ``declarations.check_scheme`` runs them."""

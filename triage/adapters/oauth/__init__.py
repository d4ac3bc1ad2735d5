"""OAuth2 sign-in for mail servers that take no password: tokens got, kept and renewed. `AccessTokens` is what the rest uses."""

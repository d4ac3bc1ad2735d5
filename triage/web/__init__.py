"""What triage serves over HTTP: links in pages, webhooks of providers. Handlers decide nothing; they ask a `Door`."""

# docs/install.md says how it is run: configuration and state are mounted, nothing of either is in the image.
FROM python:3.13-slim AS build
COPY pyproject.toml setup.py README.md LICENSE config.example.toml /src/
COPY triage /src/triage
COPY rules /src/rules
RUN python -m venv /opt/triage && /opt/triage/bin/pip install --no-cache-dir /src

FROM python:3.13-slim
RUN useradd --system --user-group --uid 850 --home-dir /var/lib/triage --shell /usr/sbin/nologin triage \
    && install -d -m 0700 -o triage -g triage /var/lib/triage
COPY --from=build /opt/triage /opt/triage
ENV PATH=/opt/triage/bin:$PATH TRIAGE_CONFIG=/etc/triage/config.toml
USER triage
VOLUME /var/lib/triage
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=1m --timeout=20s --start-period=3m --retries=2 CMD ["triage", "health"]
ENTRYPOINT ["triage"]
CMD ["run"]

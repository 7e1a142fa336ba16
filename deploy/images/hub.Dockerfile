# One image for every service: the role is the argument (api, orchestrator, connector-host, collector).
#   docker build -f deploy/images/hub.Dockerfile -t tutti-hub .
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.npm \
    node scripts/build.mjs --no-dashboard \
    && node deploy/images/build-rootfs.mjs hub /rootfs

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Tutti hub" \
      org.opencontainers.image.description="The services of Tutti: api, orchestrator, connector-host, collector" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Owned by root and never written to: the process may run with a read-only root file system.
COPY --from=build /rootfs/app /app
ENV NODE_ENV=production \
    HOME=/tmp \
    TUTTI_HOST=0.0.0.0 \
    TUTTI_HEALTH_PORT=4100
WORKDIR /app
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
EXPOSE 4000 4100 4317 4318
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "healthcheck.mjs"]
STOPSIGNAL SIGTERM
# Node is process 1: it answers SIGTERM itself, and there are no orphans to collect.
ENTRYPOINT ["node", "--disable-warning=TimeoutNegativeWarning", "--max-semi-space-size=32", "--heap-growing-percent=200", "services/standalone/dist/service.js"]
CMD ["api"]

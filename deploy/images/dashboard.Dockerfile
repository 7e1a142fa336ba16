# The dashboard alone.
#   docker build -f deploy/images/dashboard.Dockerfile -t tutti-dashboard .
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.npm \
    node scripts/build.mjs \
    && node deploy/images/build-rootfs.mjs dashboard /rootfs

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Tutti dashboard" \
      org.opencontainers.image.description="The dashboard of Tutti" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /rootfs/app /app
ENV NODE_ENV=production \
    HOME=/tmp \
    TUTTI_HOST=0.0.0.0 \
    TUTTI_HEALTH_PORT=4100
WORKDIR /app
USER 10001:10001
EXPOSE 3000 4100
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "healthcheck.mjs"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "services/standalone/dist/service.js"]
CMD ["dashboard"]

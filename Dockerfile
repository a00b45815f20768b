# The appliance: production dependencies, the sources as they are (no build step), and compiled code kept from a first run.
# Works with the legacy builder and with BuildKit; so no `# syntax=` line, no RUN --mount.

FROM node:26-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The pinned Node.js, TypeScript and Biome are dev dependencies: the image brings its own Node.js and checks nothing.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

# Runs the demo once, as the user who will run the image: the folder of a compile cache is named after the user's id.
# A Sluice that cannot start fails the build here.
FROM node:26-bookworm-slim AS primed
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY bin ./bin
COPY src ./src
COPY etc /config/etc
COPY streams /config/streams
COPY rules /config/rules
RUN mkdir /compiled && chown node:node /compiled
USER node
ENV NODE_ENV=production NODE_COMPILE_CACHE=/compiled SLUICE_NODE=/usr/local/bin/node
RUN node bin/prime.ts /config && chmod -R a+rX /compiled

FROM node:26-bookworm-slim
LABEL org.opencontainers.image.title="Sluice" \
      org.opencontainers.image.description="Devices push over HTTP, streaming SQL rules work on it, results go on" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ecosystem.config.cjs LICENSE ./
COPY bin ./bin
COPY src ./src
COPY --from=primed --chown=root:root /compiled /compiled
# The demo; a repository of one's own is mounted over it.
COPY etc /config/etc
COPY streams /config/streams
COPY rules /config/rules
# A named volume takes its owner from here.
RUN mkdir /data && chown node:node /data && ln -s /app/bin/sluice /usr/local/bin/sluice

# PM2_HOME lies on the tmpfs: pm2 cannot start on a read-only root otherwise.
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/compiled \
    SLUICE_NODE=/usr/local/bin/node \
    SLUICE_DIR=/config \
    SLUICE_DATA=/data \
    SLUICE__STATUS__IP=0.0.0.0 \
    PM2_HOME=/tmp/pm2 \
    PM2_KILL_SIGNAL=SIGTERM \
    PM2_DISABLE_VERSION_CHECK=true \
    PATH=/app/node_modules/.bin:$PATH
USER node
WORKDIR /config
VOLUME /data
# 10081: devices push here. 9081: read-only status, metrics and health.
EXPOSE 10081 9081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.SLUICE__STATUS__PORT || 9081}/readyz`).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# pm2-runtime starts Sluice again when it crashes. On a small box, `sluice run` in its place saves a process and 80 MB.
CMD ["pm2-runtime", "start", "/app/ecosystem.config.cjs", "--no-auto-exit"]

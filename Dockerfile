# The local server, from its npm package with only production dependencies.
FROM node:22-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN mkdir /package && npm pack --pack-destination /package

FROM node:22-bookworm-slim
COPY --from=build /package /package
RUN npm install --global --omit=dev --no-audit --no-fund /package/rewindmq-*.tgz \
  && npm cache clean --force && rm -rf /package /root/.npm \
  && install --directory --owner=node --group=node /data
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4100 REWINDMQ_DATA=/data
USER node
WORKDIR /data
VOLUME /data
EXPOSE 4100
# `rewindmq` is process 1, so it receives SIGTERM itself and ends within 5 s.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["rewindmq", "--require-keys"]

# The image of Parallax: built with the repository's own commands, run by a user without rights.
#   docker build --tag parallax .
# docs/DEPLOY.md says how to run it.

FROM node:22.20.0-bookworm-slim AS node

FROM rust:1.95.0-bookworm AS build
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
 && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
ENV CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0 PARALLAX_TOOLS_DIR=/opt/tools
WORKDIR /src
# The build tools and npm's packages, before the sources: this layer, ten minutes of it, is made again only when
# one of these files changes.
COPY rust-toolchain.toml package.json package-lock.json ./
COPY tools/install.sh tools/install.sh
RUN tools/install.sh build
COPY . .
# Downloaded crates are kept between builds. What is compiled is not: cargo and make go by the times of files, which
# a cache shared by several checkouts would get wrong.
RUN --mount=type=cache,target=/usr/local/cargo/registry make build
# Without the names of functions, a third of the program; a panic still says its file and line.
RUN install -D --strip --target-directory=/package target/release/parallax \
 && install -m 0644 --target-directory=/package target/release/hash.txt \
 && cp -r target/site /package/site \
 && cp LICENSE-APACHE LICENSE-MIT /package/ \
 && install -D -m 0644 --target-directory=/package/deploy deploy/systemd/parallax.service \
      deploy/nginx/parallax.conf deploy/caddy/Caddyfile

# What a release is made of, without a system around it: docker build --target package --output type=local,dest=DIR .
FROM scratch AS package
COPY --from=build /package /

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Parallax" \
      org.opencontainers.image.description="Self-hosted crypto prices: one robust price per token that explains itself" \
      org.opencontainers.image.source="https://github.com/parallax-prices/parallax" \
      org.opencontainers.image.documentation="https://github.com/parallax-prices/parallax/blob/main/docs/DEPLOY.md" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
RUN groupadd --system --gid 10001 parallax \
 && useradd --system --uid 10001 --gid parallax --home-dir /data --no-create-home --shell /usr/sbin/nologin parallax \
 && install --directory --owner=parallax --group=parallax --mode=0750 /data
COPY --from=build /package /opt/parallax
# PORT and not PARALLAX_LISTEN, so that a host which sets PORT decides. The spool's folder is named because it would
# otherwise be beside a database that is not a file.
ENV PATH=/opt/parallax:/usr/local/bin:/usr/bin:/bin \
    PORT=3000 \
    PARALLAX_STORE__URL=sqlite:/data/parallax.db \
    PARALLAX_STORE__SPOOL_FOLDER=/data/spool \
    PARALLAX_LOG__FORMAT=json
WORKDIR /opt/parallax
# All that is ever written, so that the root may be read-only.
VOLUME /data
USER 10001:10001
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=3s --start-period=30s --retries=3 CMD ["parallax", "health"]
# No entry point: `docker run parallax parallax token list`, and Procfile's command is run as it is written.
CMD ["parallax"]

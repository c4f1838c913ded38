#!/usr/bin/env node
// Holds the files of deployment against each other and against the program, as far as that goes without running them:
// they parse, what they refer to exists, ports and names agree, every setting is a key of the configuration.
//
//   node tools/deploy-rules.mjs              the self-test, then the check
//   node tools/deploy-rules.mjs --self-test  only the self-test: the same files with mistakes put in
//
// Exit code: 0 all rules hold, 1 a rule is broken (one line each).

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import yaml from "js-yaml";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const KUBERNETES = "deploy/kubernetes";
const WORKFLOWS = ".github/workflows";
const DEFAULTS = "server/src/default.toml";
const SINGLE = ["Dockerfile", "compose.yml", "Procfile", "heroku.yml", "app.json", "docs/DEPLOY.md", DEFAULTS, "rust-toolchain.toml"];

/** Variables of our prefix that are no keys: the configuration's own path, and what the build tools read. */
const NOT_KEYS = ["PARALLAX_CONFIG", "PARALLAX_TOOLS_DIR", "PARALLAX_REQUIRE_POSTGRES"];
/** Sections whose keys are ids of venues. */
const BY_VENUE = ["venues.keys", "venues.endpoints"];

/** Every file below a folder. */
function below(folder) {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? below(path) : [path];
  });
}

/** The files that are checked, by path. `secret.env` is the operator's own. */
function texts() {
  const paths = [...SINGLE, ...below("deploy"), ...below(WORKFLOWS)].filter((path) => !path.endsWith("/secret.env"));
  return new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), "utf8")]));
}

/** The keys of the configuration, with sections: those that are set, and those that stand in a comment as examples. */
function keys(toml) {
  const found = new Set();
  let section = "";
  for (const line of toml.split("\n")) {
    const head = /^(?:# )?\[([a-z_.]+)\]$/.exec(line);
    const key = /^(?:# )?([a-z0-9_]+) = /.exec(line);
    if (head) section = `${head[1]}.`;
    else if (key) found.add(section + key[1]);
  }
  return found;
}

/** Everything that is wrong with the files. */
export function check(files) {
  const wrong = [];
  const hold = (holds, words) => holds || wrong.push(words);
  const documents = new Map();
  for (const [path, text] of files) {
    try {
      if (path.endsWith(".json")) documents.set(path, JSON.parse(text));
      else if (/\.ya?ml$/.test(path)) documents.set(path, yaml.load(text));
    } catch (error) {
      wrong.push(`${path}: ${error.message.split("\n")[0]}`);
    }
  }
  if (wrong.length > 0) return wrong;
  const docker = dockerfile(files, hold);
  compose(files, documents.get("compose.yml"), docker, hold);
  platforms(files, documents, docker, hold);
  kubernetes(documents, docker, hold);
  workflows(files, documents, hold);
  settings(files, hold);
  proxies(files, docker, hold);
  return wrong;
}

const isThere = (path) => existsSync(join(ROOT, path));

function dockerfile(files, hold) {
  const text = files.get("Dockerfile").replaceAll("\\\n", " ");
  const lines = text.split("\n").filter((line) => line && !line.startsWith("#"));
  const stages = new Set();
  for (const line of lines) {
    const from = /^FROM (\S+)(?: AS (\S+))?$/.exec(line);
    if (from) {
      const isPinned = /:(?!latest$)\S+$/.test(from[1]);
      hold(from[1] === "scratch" || stages.has(from[1]) || isPinned, `Dockerfile: ${from[1]} names no version`);
      if (from[2]) stages.add(from[2]);
    }
    const copy = /^COPY (?:--from=(\S+) )?(.+)$/.exec(line);
    if (copy?.[1]) hold(stages.has(copy[1]), `Dockerfile: there is no stage ${copy[1]} to copy from`);
    else if (copy) {
      for (const source of copy[2].split(/\s+/).slice(0, -1)) hold(isThere(source), `Dockerfile: there is no ${source} to copy`);
    }
  }
  for (const [path] of text.matchAll(/(?<=\s)(?:deploy\/|LICENSE-)[\w./-]+/g)) hold(isThere(path), `Dockerfile: there is no ${path}`);
  const channel = /channel = "(.+)"/.exec(files.get("rust-toolchain.toml"))[1];
  hold(text.includes(`FROM rust:${channel}-`), `Dockerfile: the compiler is not rust-toolchain.toml's ${channel}`);
  const port = Number(/\bPORT=(\d+)/.exec(text)?.[1]);
  hold(lines.includes(`EXPOSE ${port}`), "Dockerfile: EXPOSE is not PORT");
  hold(!text.includes("PARALLAX_LISTEN="), "Dockerfile: PARALLAX_LISTEN would win over the host's PORT");
  const user = /^USER (\d+):\d+$/m.exec(text)?.[1];
  hold(Number(user) > 0 && text.includes(`--uid ${user} `), "Dockerfile: USER is not the number of the user it makes");
  hold(/HEALTHCHECK .*CMD \["parallax", "health"\]/.test(text), "Dockerfile: no health check by `parallax health`");
  const volume = /^VOLUME (\S+)$/m.exec(text)?.[1];
  return { port, user: Number(user), volume };
}

function compose(files, document, docker, hold) {
  const text = files.get("compose.yml");
  const services = document.services ?? {};
  for (const [name, service] of Object.entries(services)) {
    const at = `compose.yml: ${name}`;
    hold(service.build || /:[\w.-]+$/.test(service.image ?? ""), `${at}: the image names no version`);
    for (const volume of service.volumes ?? []) {
      const source = volume.split(":")[0];
      const isKnown = source.startsWith("./") ? isThere(source) : source in (document.volumes ?? {});
      hold(isKnown, `${at}: there is no volume or file ${source}`);
    }
    const needs = Array.isArray(service.depends_on) ? service.depends_on : Object.keys(service.depends_on ?? {});
    for (const needed of needs) {
      hold(needed in services, `${at}: there is no service ${needed}`);
      const waits = service.depends_on[needed]?.condition === "service_healthy";
      hold(!waits || services[needed]?.healthcheck, `${at}: ${needed} has no health check to wait for`);
    }
    hold(service.restart, `${at}: is not started again`);
  }
  const own = services.parallax ?? {};
  const ports = own.ports ?? [];
  hold(ports.every((port) => port.endsWith(`:${docker.port}`)), `compose.yml: parallax does not listen on the published port (${docker.port})`);
  hold(ports.every((port) => port.startsWith("127.0.0.1:")), "compose.yml: the port is open to others, past the proxy");
  hold(own.volumes?.some((volume) => volume.endsWith(`:${docker.volume}`)), `compose.yml: ${docker.volume} has no volume`);
  const url = own.environment?.DATABASE_URL ?? "";
  hold(url.includes("@postgres:5432/") && "postgres" in services, "compose.yml: DATABASE_URL names no service");
  hold(services.caddy?.environment?.UPSTREAM === `parallax:${docker.port}`, "compose.yml: caddy asks another port");
  const example = files.get("deploy/compose.env.example");
  for (const [, name, mark] of text.matchAll(/\$\{(\w+)(:[?-])?/g)) {
    hold(mark, `compose.yml: ${name} is neither required nor has a default`);
    if (mark === ":?") hold(new RegExp(`^${name}=$`, "m").test(example), `deploy/compose.env.example: ${name} is not there, or has a value that people would keep`);
    hold(!/PASSWORD|SECRET|KEY/.test(name) || mark === ":?", `compose.yml: ${name} must be required`);
  }
}

function platforms(files, documents, docker, hold) {
  const command = /^web: (.+)$/m.exec(files.get("Procfile"))?.[1];
  hold(command === "parallax", "Procfile: web is not the program");
  const heroku = documents.get("heroku.yml");
  hold(heroku.run?.web === command && isThere(heroku.build?.docker?.web ?? "-"), "heroku.yml: says something else than Procfile");
  const app = documents.get("app.json");
  hold(app.stack === "container", "app.json: only a container can be built");
  hold(app.healthchecks?.web?.every((it) => it.path === "/healthz"), "app.json: the health check asks something else");
  const unit = files.get("deploy/systemd/parallax.service");
  const program = /^ExecStart=(\S+)$/m.exec(unit)?.[1];
  hold(program && files.get("docs/DEPLOY.md").includes(dirname(program)), "parallax.service: starts from a folder that docs/DEPLOY.md does not name");
  hold(docker.port > 0, "Dockerfile: has no PORT");
}

function kubernetes(documents, docker, hold) {
  const at = (name) => `${KUBERNETES}/${name}`;
  const kustomization = documents.get(at("kustomization.yaml"));
  const listed = kustomization.resources ?? [];
  for (const name of listed) hold(documents.has(at(name)), `${at("kustomization.yaml")}: there is no ${name}`);
  for (const path of documents.keys()) {
    const name = path.startsWith(`${KUBERNETES}/`) && path.slice(KUBERNETES.length + 1);
    if (name && name !== "kustomization.yaml") hold(listed.includes(name), `${path}: is not listed in kustomization.yaml`);
  }
  const secrets = (kustomization.secretGenerator ?? []).map((it) => it.name);
  for (const env of (kustomization.secretGenerator ?? []).flatMap((it) => it.envs)) {
    hold(isThere(at(`${env}.example`)), `${at(env)}.example: is not there to be copied`);
  }
  const of = (kind) => [...documents.values()].filter((it) => it?.kind === kind);
  const [deployment] = of("Deployment");
  const pod = deployment.spec.template;
  const [container] = pod.spec.containers;
  const ports = new Map(container.ports.map((port) => [port.name, port.containerPort]));
  const matches = (selector) => Object.entries(selector).every(([name, value]) => pod.metadata.labels[name] === value);
  hold(matches(deployment.spec.selector.matchLabels), "deployment.yaml: selects other pods than its own");
  hold(deployment.spec.replicas === 1 && deployment.spec.strategy.type === "Recreate", "deployment.yaml: two would ingest at once");
  hold(pod.spec.enableServiceLinks === false, "deployment.yaml: service links would set variables that are no keys");
  hold(ports.get("http") === docker.port, `deployment.yaml: http is not the image's port ${docker.port}`);
  for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
    hold(ports.has(container[probe]?.httpGet?.port), `deployment.yaml: ${probe} asks no port of the container`);
  }
  const metrics = container.env.find((it) => it.name === "PARALLAX_METRICS__LISTEN")?.value ?? "";
  hold(metrics.endsWith(`:${ports.get("metrics")}`), "deployment.yaml: metrics are served on another port than the named one");
  hold(pod.metadata.annotations?.["prometheus.io/port"] === String(ports.get("metrics")), "deployment.yaml: Prometheus is sent to another port");
  hold(container.envFrom.every((it) => secrets.includes(it.secretRef.name)), "deployment.yaml: reads a secret that nobody makes");
  hold(kustomization.images.some((it) => it.name === container.image && it.newTag), "kustomization.yaml: gives the image no version");
  hold(pod.spec.securityContext.runAsUser === docker.user && pod.spec.securityContext.fsGroup === docker.user, "deployment.yaml: runs as another user than the image");
  hold(container.securityContext.readOnlyRootFilesystem && container.securityContext.capabilities.drop.includes("ALL"), "deployment.yaml: may do more than it needs");
  hold(container.volumeMounts.some((it) => it.mountPath === docker.volume), `deployment.yaml: ${docker.volume} has no volume`);
  const volumes = new Map(pod.spec.volumes.map((it) => [it.name, it]));
  for (const mount of container.volumeMounts) hold(volumes.has(mount.name), `deployment.yaml: there is no volume ${mount.name}`);
  const claims = of("PersistentVolumeClaim").map((it) => it.metadata.name);
  for (const volume of volumes.values()) {
    const claim = volume.persistentVolumeClaim?.claimName;
    hold(!claim || claims.includes(claim), `deployment.yaml: nobody claims ${claim}`);
  }
  for (const service of of("Service")) {
    hold(matches(service.spec.selector), "service.yaml: selects other pods");
    for (const port of service.spec.ports) hold(ports.has(port.targetPort), `service.yaml: there is no port ${port.targetPort}`);
  }
  for (const budget of of("PodDisruptionBudget")) hold(matches(budget.spec.selector.matchLabels), "disruption.yaml: selects other pods");
}

function workflows(files, documents, hold) {
  for (const [path, text] of files) {
    if (!path.startsWith(`${WORKFLOWS}/`)) continue;
    const workflow = documents.get(path);
    for (const [line] of text.matchAll(/uses: .*/g)) {
      hold(/uses: [\w./-]+@[0-9a-f]{40} # v[\d.]+$/.test(line), `${path}: ${line} is not pinned to a commit with its version beside it`);
    }
    hold(JSON.stringify(workflow.permissions) === '{"contents":"read"}', `${path}: may do more than read unless a job says so`);
    for (const [name, job] of Object.entries(workflow.jobs)) hold(job["timeout-minutes"], `${path}: ${name} may run for ever`);
  }
  hold(files.get(`${WORKFLOWS}/test.yml`).includes("run: .ci/run\n") && isThere(".ci/run"), "test.yml: does not run .ci/run");
}

function settings(files, hold) {
  const known = keys(files.get(DEFAULTS));
  const isKey = (name) => {
    const key = name.slice("PARALLAX_".length).toLowerCase().replaceAll("__", ".");
    return known.has(key) || BY_VENUE.some((section) => key.startsWith(`${section}.`));
  };
  for (const [path, text] of files) {
    // A name that ends in an underscore stands for all that begin with it.
    for (const [name] of text.matchAll(/PARALLAX_[A-Z0-9_]*[A-Z0-9]\b(?!_)/g)) {
      // What Kubernetes would set is named where it is prevented.
      const isOfKubernetes = name === "PARALLAX_PORT" && (path.startsWith(KUBERNETES) || path.startsWith("docs/"));
      hold(isOfKubernetes || NOT_KEYS.includes(name) || isKey(name), `${path}: ${name} is no key of the configuration`);
    }
  }
}

function proxies(files, docker, hold) {
  const nginx = files.get("deploy/nginx/parallax.conf");
  hold(nginx.includes(`server 127.0.0.1:${docker.port};`), "parallax.conf: asks another port");
  hold(nginx.includes("X-Forwarded-For $remote_addr;") && !nginx.includes("proxy_add_x_forwarded_for"), "parallax.conf: believes what clients say of themselves");
  hold(/\/api\/v1\/stream \{[^}]*proxy_buffering off;/.test(nginx), "parallax.conf: holds events back");
  const caddy = files.get("deploy/caddy/Caddyfile");
  hold(caddy.includes(`:127.0.0.1:${docker.port}}`) && caddy.includes("flush_interval -1"), "Caddyfile: asks another port, or holds events back");
  const text = files.get("docs/DEPLOY.md");
  for (const [path] of text.matchAll(/(?<![\w/.-])(?:deploy|\.github|tools)\/[\w./-]*\w/g)) {
    hold(isThere(path) && (statSync(join(ROOT, path)).isFile() || text.includes(`${path}/`)), `docs/DEPLOY.md: there is no ${path}`);
  }
}

/** Mistakes, each in one file: what stands there, what stands there then, and a word of what must be said. */
const MISTAKES = [
  ["Dockerfile", "EXPOSE 3000", "EXPOSE 8080", "EXPOSE"],
  ["Dockerfile", "debian:bookworm-slim", "debian:latest", "no version"],
  ["Dockerfile", "--from=build /package /opt", "--from=builder /package /opt", "builder"],
  ["Dockerfile", "USER 10001", "USER 10002", "USER"],
  ["compose.yml", "services:", "services:\n\t-", "compose.yml"],
  ["compose.yml", "127.0.0.1:${HOST_PORT", "${HOST_PORT", "open to others"],
  ["compose.yml", "POSTGRES_PASSWORD:?", "POSTGRES_PASSWORD:-", "required"],
  ["compose.yml", "- data:/data", "- dada:/data", "dada"],
  ["deploy/compose.env.example", "POSTGRES_PASSWORD=", "POSTGRES_PASSWORD=secret", "people would keep"],
  ["app.json", "PARALLAX_STORE__SPOOL_FOLDER", "PARALLAX_STORE__SPOOL", "no key"],
  ["deploy/systemd/parallax.service", "PARALLAX_LOG__FORMAT", "PARALLAX_LOG_FORMAT", "no key"],
  ["deploy/kubernetes/kustomization.yaml", "- volume.yaml", "- volumes.yaml", "volumes.yaml"],
  ["deploy/kubernetes/deployment.yaml", "replicas: 1", "replicas: 2", "two would ingest"],
  ["deploy/kubernetes/deployment.yaml", "enableServiceLinks: false", "enableServiceLinks: true", "service links"],
  ["deploy/kubernetes/service.yaml", "targetPort: http", "targetPort: web", "web"],
  [".github/workflows/test.yml", "actions/checkout@11bd7190", "actions/checkout@v4 # ", "not pinned"],
  [".github/workflows/image.yml", "permissions:\n  contents: read\njobs", "permissions: write-all\njobs", "more than read"],
  ["deploy/nginx/parallax.conf", "X-Forwarded-For $remote_addr", "X-Forwarded-For $proxy_add_x_forwarded_for", "believes"],
  ["docs/DEPLOY.md", "`tools/deploy.sh`", "`tools/deploys.sh`", "tools/deploys.sh"],
];

const files = texts();
for (const [path, from, to, word] of MISTAKES) {
  const text = files.get(path);
  if (!text?.includes(from)) throw new Error(`the self-test cannot find ${JSON.stringify(from)} in ${path}`);
  const said = check(new Map([...files, [path, text.replace(from, () => to)]]));
  if (!said.some((words) => words.includes(word))) {
    console.error(`self-test: ${path} with ${JSON.stringify(to)} was not found wrong (${said.join("; ") || "nothing was"})`);
    process.exit(1);
  }
}
if (process.argv[2] !== "--self-test") {
  const wrong = check(files);
  for (const words of wrong) console.error(words);
  if (wrong.length > 0) process.exit(1);
  console.log(`${files.size} files of deployment agree with each other and with the configuration`);
}

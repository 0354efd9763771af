// The client that is generated from the second contract, as published, on one walk through it.
import {
  configure,
  createExperiment,
  createKey,
  deleteExperiment,
  getExperiment,
  getExperimentResults,
  listExperiments,
  listKeys,
  revokeKey,
  setExperimentStatus,
  updateExperiment,
} from "@shipeasy/openapi/client";

const { SWITCHYARD_URL, SWITCHYARD_KEY, SWITCHYARD_PROJECT } = process.env;
configure({ apiKey: SWITCHYARD_KEY, projectId: SWITCHYARD_PROJECT, baseUrl: SWITCHYARD_URL });

const told = {};
async function step(name, call) {
  const { data, error, response } = await call;
  told[name] = { answered: response.status, ...(data ?? error) };
  return data;
}

const half = (name, color) => ({ name, weight: 5000, params: { color } });
const body = {
  name: "checkout-button",
  universe: "default",
  groups: [half("control", "grey"), half("bold", "red")],
  allocation_percent: 50,
  min_runtime_days: 1,
};
const { id } = await step("created", createExperiment({ body }));
const one = { path: { id } };
const to = (status) => setExperimentStatus({ ...one, body: { status } });
await step("again", createExperiment({ body }));
await step("updated", updateExperiment({ ...one, body: { tag: "checkout" } }));
await step("listed", listExperiments({ query: { status: "draft", limit: 1 } }));
await step("read", getExperiment({ path: { id: "checkout-button" } }));
await step("started", to("running"));
await step("restarted", to("running"));
await step("results", getExperimentResults(one));
await step("deleted while live", deleteExperiment(one));
await step("stopped", to("stopped"));
await step("archived", to("archived"));
await step("left", listExperiments({}));
const key = await step("key", createKey({ body: { type: "admin", env: "prod", name: "deploys" } }));
await step("keys", listKeys({}));
await step("revoked", revokeKey({ path: { id: key.id } }));
console.log(JSON.stringify(told));

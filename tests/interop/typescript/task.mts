// One task from request to file, with a client generated from the contract: node task.mjs ADDRESS KEY FILE
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

const [baseUrl, key, file] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });

const created = await client.POST("/v1/videos/generations", {
  body: { model: "sora-2", prompt: "A cat playing piano", duration: 10, aspect_ratio: "9:16" },
});
if (created.error) throw new Error(`refused: ${JSON.stringify(created.error)}`);
const task_id = created.data.id;
if (!task_id) throw new Error(`no id: ${JSON.stringify(created.data)}`);

const seen = new Set<string>();
for (;;) {
  const { data, error, response } = await client.GET("/v1/tasks/{task_id}", { params: { path: { task_id } } });
  if (error) throw new Error(`${response.status}: ${error.error?.message}`);
  seen.add(data.status ?? "none");
  if (data.status === "failed") throw new Error(`failed: ${data.error?.code}`);
  if (data.status === "completed") {
    const url = data.results?.[0];
    if (!url) throw new Error("no results");
    const result = await fetch(url);
    if (!result.ok) throw new Error(`download: ${result.status}`);
    await writeFile(file, Buffer.from(await result.arrayBuffer()));
    break;
  }
  await sleep(50);
}

const refused = await client.POST("/v1/videos/generations", {
  // @ts-expect-error - the type knows the documented durations
  body: { model: "sora-2", prompt: "A cat playing piano", duration: 7 },
});
const missing = await client.POST("/v1/videos/generations", {
  // @ts-expect-error - the type knows the required parameters
  body: { model: "sora-2" },
});
const unknown = await client.POST("/v1/videos/generations", {
  // @ts-expect-error - the type knows the models
  body: { model: "sora-3", prompt: "A cat playing piano" },
});
const other = await client.GET("/v1/tasks/{task_id}", { params: { path: { task_id: "task-unified-none" } } });

console.log(
  JSON.stringify({
    model: created.data.model,
    seen: [...seen],
    refused: [refused, missing, unknown, other].map((one) => [one.response.status, one.error?.error?.code]),
  }),
);

// An application that makes videos with the fetch of Node.js. It knows nothing of a mock.
//
// Usage: EVOLINK_API_KEY=… node node_app.mjs "A cat playing piano" cat.mp4 [seconds between queries]

import { writeFile } from "node:fs/promises";

const api = process.env.EVOLINK_BASE_URL ?? "https://api.evolink.ai";
const [prompt, path, interval = "5"] = process.argv.slice(2);

async function call(target, options = {}) {
  const headers = { authorization: `Bearer ${process.env.EVOLINK_API_KEY}`, "content-type": "application/json" };
  const reply = await fetch(api + target, { ...options, headers });
  const body = await reply.json();
  if (!reply.ok) throw new Error(body.error?.code ?? `status ${reply.status}`);
  return body;
}

try {
  let task = await call("/v1/videos/generations", {
    method: "POST",
    body: JSON.stringify({ model: "sora-2", prompt }),
  });
  while (!["completed", "failed", "cancelled"].includes(task.status)) {
    await new Promise((resolve) => setTimeout(resolve, Number(interval) * 1000));
    task = await call(`/v1/tasks/${task.id}`);
  }
  if (task.status !== "completed") throw new Error(task.error?.code ?? task.status);
  const video = await fetch(task.results[0]); // without the key
  await writeFile(path, Buffer.from(await video.arrayBuffer()));
  console.log(task.id);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

// openapi-backend as its README wires it, on plain node:http: checks key and body, replies with the example.
// node openapi_backend.mjs FOLDER-WITH-NODE_MODULES DOCUMENT PORT
import http from 'node:http';
import { createRequire } from 'node:module';

const [folder, definition, port] = process.argv.slice(2);
const { OpenAPIBackend } = createRequire(`${folder}/`)('openapi-backend');

// Without `quick` it refuses what OpenAPI 3.1 has over 3.0. A URI is checked by nobody but us.
const api = new OpenAPIBackend({ definition, quick: true, ajvOpts: { formats: { uri: true } } });

function reply(res, status, value) {
  const body = JSON.stringify(value);
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  res.end(body);
}

api.register({
  validationFail: (c, req, res) => reply(res, 400, { err: c.validation.errors }),
  unauthorizedHandler: (c, req, res) => reply(res, 401, { err: 'unauthorized' }),
  notFound: (c, req, res) => reply(res, 404, { err: 'not found' }),
  notImplemented: (c, req, res) => {
    const { status, mock } = c.api.mockResponseForOperation(c.operation.operationId);
    return reply(res, status, mock);
  },
});
await api.init();
for (const name of Object.keys(api.definition.components?.securitySchemes ?? {})) {
  api.registerSecurityHandler(name, (c) => Boolean(c.request.headers.authorization));
}

http
  .createServer((req, res) => {
    const parts = [];
    req.on('data', (part) => parts.push(part));
    req.on('end', () => {
      const [path, query] = req.url.split('?');
      const body = Buffer.concat(parts).toString();
      api.handleRequest({ method: req.method, path, query, body, headers: req.headers }, req, res);
    });
  })
  .listen(Number(port), '127.0.0.1');

// Checks manifests against the JSON schemas of Kubernetes, strictly: a field that Kubernetes does not know is
// a mistake.
import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parseAllDocuments } from 'yaml';
import { tools } from './tools.mjs';

/** The file of a kind, as the wheel (and kubeconform) names it: deployment-apps-v1.json. */
function schemaName({ apiVersion, kind }) {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return [kind.toLowerCase(), ...(group ? [group.split('.')[0]] : []), `${version}.json`].join('-');
}

const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
const validators = new Map();

function validatorOf(folder) {
  let ajv = validators.get(folder);
  if (!ajv) {
    // Formats such as int32 say nothing about the shape.
    ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
    // The schemas refer to it by the path that it has where they were made.
    ajv.addSchema({ ...read(join(folder, '_definitions.json')), $id: undefined }, '/api/_definitions.json');
    validators.set(folder, ajv);
  }
  return ajv;
}

function findSchema(manifest, version) {
  const ours = join(import.meta.dirname, 'schemas', schemaName(manifest));
  const folder = join(tools().kubernetesSchemas, `v${version}-local-strict`);
  const path = existsSync(ours) ? ours : join(folder, schemaName(manifest));
  if (!existsSync(path)) return null;
  const ajv = validatorOf(folder);
  return ajv.getSchema(path) ?? ajv.addSchema({ ...read(path), $id: undefined }, path).getSchema(path);
}

export const parseManifests = (text) =>
  parseAllDocuments(text)
    .map((document) => {
      if (document.errors.length > 0) throw document.errors[0];
      return document.toJS();
    })
    .filter((manifest) => manifest !== null);

/** One line for each mistake. */
export function manifestProblems(text, version) {
  const manifests = parseManifests(text);
  if (manifests.length === 0) return ['There is no manifest at all.'];
  return manifests.flatMap((manifest) => {
    const name = `${manifest.kind} ${manifest.metadata?.name}`;
    const validate = findSchema(manifest, version);
    if (!validate)
      return [`${name}: Kubernetes ${version} knows no ${manifest.apiVersion} ${manifest.kind}.`];
    if (validate(manifest)) return [];
    return validate.errors.map((e) => `${name}: ${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
  });
}

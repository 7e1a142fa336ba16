export interface WorkflowName {
  namespace: string;
  name: string;
}

/** A name as two parts of a path. */
export function encodedName({ namespace, name }: WorkflowName): string {
  return `${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
}

/** The page of a workflow. */
export function workflowHref(of: WorkflowName): string {
  return `/workflows/${encodedName(of)}`;
}

/** A workflow in the API. */
export function workflowPath(of: WorkflowName): string {
  return `/v1/workflows/${encodedName(of)}`;
}

import { encodedName, type WorkflowName } from '@/features/workflows/prepare/workflow-path';

/** The page of a schedule, which has the name of its workflow. */
export function scheduleHref(of: WorkflowName): string {
  return `/schedules/${encodedName(of)}`;
}

/** A schedule in the API. */
export function schedulePath(of: WorkflowName): string {
  return `/v1/schedules/${encodedName(of)}`;
}

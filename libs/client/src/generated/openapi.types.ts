// Generated from services/api/openapi.json by `npm run generate -w @tutti/client`. Do not edit.
export interface paths {
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process is alive. */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The hub can serve: its database answers, and its bus is connected. */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/artifacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Store a file. The answer is the reference to put into an input. */
        post: operations["createArtifact"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/artifacts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The reference of a stored file. */
        get: operations["getArtifact"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/artifacts/{id}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The bytes of a stored file. */
        get: operations["getArtifactContent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Exchange a one-time sign-in code for a session. */
        post: operations["createSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Sign out: the session of this token ends. */
        delete: operations["deleteSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sign-in-links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a link that signs a person in to the dashboard, once, within ten minutes. */
        post: operations["createSignInLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who this token stands for. */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who changed what, newest first. */
        get: operations["listAuditEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The workflows, by name, with their last 24 hours. */
        get: operations["listWorkflows"];
        /** Apply a workflow document. The same content changes nothing. */
        put: operations["applyWorkflow"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What an apply would change against the current version, and what it would break. Changes nothing. */
        post: operations["previewWorkflow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/lint": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What is wrong with a workflow document, or likely to be. */
        post: operations["lintWorkflow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The JSON Schema of a workflow document, for editors that complete and check. */
        get: operations["getSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/{namespace}/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A workflow with its text, its versions and its baseline. */
        get: operations["getWorkflow"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Enable or disable a workflow. A disabled one starts no runs; runs that are under way go on. */
        patch: operations["updateWorkflow"];
        trace?: never;
    };
    "/v1/workflows/{namespace}/{name}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The versions of a workflow, newest first, with their runs under way. */
        get: operations["listVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/{namespace}/{name}/versions/{version}/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a version (its number, or the beginning of its content hash) the current one, or let it take a share of the new runs. Runs under way stay on theirs. */
        post: operations["publishVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/{namespace}/{name}/canary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The version that takes a share of the new runs, and how it does beside the current one. */
        get: operations["showCanary"];
        put?: never;
        post?: never;
        /** Let all new runs start on the current version again. Runs of the canary go on. */
        delete: operations["stopCanary"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/{namespace}/{name}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a workflow start no runs. Runs under way go on; Kafka triggers hold their records. */
        post: operations["disableWorkflow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/{namespace}/{name}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a disabled workflow start runs again. */
        post: operations["enableWorkflow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/{namespace}/{name}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start a run. The body is its input. The answer comes after the run is stored. */
        post: operations["startRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs, newest first. */
        get: operations["listRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Retry the newest faulted runs that a filter finds, each once; with dryRun only say which. */
        post: operations["retryRuns"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A run with its input, its output and the tasks that are active now. */
        get: operations["getRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}/journal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened in a run, in the order in which it was decided. */
        get: operations["getRunJournal"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}/retry-preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a retry of a run would do: what is kept, what is called and asked again. Changes nothing. */
        get: operations["previewRetry"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask a run to end. It is cancelled at its next turn. */
        post: operations["cancelRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start a new run that goes on from a task of this one; by default from the task that faulted. */
        post: operations["retryRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/{namespace}/{name}/migrate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let runs that wait go on with another version; with dryRun only say which can, and why others cannot. */
        post: operations["migrateRuns"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}/task-data": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Input, output and variables of a task of a run, as its expressions saw them; never secrets. */
        get: operations["getTaskData"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}/cassette": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a run that has ended asked of connections and people and what it was answered, without secrets and personal data: for `tutti test`. */
        get: operations["getCassette"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}/partial-outputs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the calls under way have told of their outputs. Who asks watches the run for 20 seconds: ask again meanwhile. */
        get: operations["getPartialOutputs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/master-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The master keys by their ids, who has them, what is under which, and the newest rotation. No key comes out. */
        get: operations["getMasterKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/master-keys/rotation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Bring all secrets under the newest master key, while the hub works. Answers the rotation that is under way, if one is. */
        post: operations["rotateMasterKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The secrets of the workspace, by name; never their values. */
        get: operations["listSecrets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/secrets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set a secret that workflows of the workspace may use. */
        put: operations["putSecret"];
        post?: never;
        /** Remove a secret. Calls that need it fail from then on. */
        delete: operations["removeSecret"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The schedules of workflows, by name. */
        get: operations["listSchedules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schedules/{namespace}/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A schedule with its next ten times and what became of the last ones. */
        get: operations["getSchedule"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schedules/{namespace}/{name}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause a schedule: no planned time becomes a run. Runs under way go on. */
        post: operations["pauseSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schedules/{namespace}/{name}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resume a schedule. Its catch-up policy says what becomes of the times between. */
        post: operations["resumeSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schedules/{namespace}/{name}/fire": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start a run of the schedule now, with its input, paused or not. */
        post: operations["fireSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/event-schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The workflows that events start, by name, with the events that wait. */
        get: operations["listEventSchedules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/triggers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The triggers, by name, with what they do. */
        get: operations["listTriggers"];
        /** Apply a trigger. The same content changes nothing. */
        put: operations["applyTrigger"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/triggers/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A trigger with its text, and how far it is. */
        get: operations["getTrigger"];
        put?: never;
        post?: never;
        /** Remove a trigger. Runs that it started go on. */
        delete: operations["removeTrigger"];
        options?: never;
        head?: never;
        /** Pause or resume a trigger. It goes on where it was. */
        patch: operations["changeTrigger"];
        trace?: never;
    };
    "/v1/triggers/{name}/look": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have a trigger of a plugin look at the other system now. */
        post: operations["lookAtTrigger"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reviews": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reviews; the open ones oldest first, others newest first. */
        get: operations["listReviews"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reviews/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A review with its form, its data and the token that is needed to decide it. */
        get: operations["getReview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reviews/{id}/decision": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Approve or reject, with edited data if need be. A review is decided once. */
        post: operations["decideReview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The routing policies that serve, by name. */
        get: operations["listPolicies"];
        /** Apply a routing policy. The same content changes nothing. */
        put: operations["applyPolicy"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A routing policy with its text and its versions. */
        get: operations["getPolicy"];
        put?: never;
        post?: never;
        /** Withdraw a routing policy: its capability is routed as without one. Its versions stay. */
        delete: operations["withdrawPolicy"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies/{name}/versions/{version}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Apply what a version said again, as a new version. */
        post: operations["restorePolicy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The connections, by name. Secrets read "********". */
        get: operations["listConnections"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One connection, with what it did in the last day, its last tests, and who uses it. */
        get: operations["getConnection"];
        /** Create or replace a connection. A secret written as "********" stays as it is, and so do limits, owner and environment that are left out. */
        put: operations["putConnection"];
        post?: never;
        /** Remove a connection. */
        delete: operations["removeConnection"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections/{name}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Try the connection out now. */
        post: operations["testConnection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections/{name}/hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The hosts that the plugin wants to call over a connection, and those that were confirmed.
         * @description Only of plugins that do not come with the hub and declare no hosts. A test of the connection asks the plugin.
         */
        get: operations["getHosts"];
        put?: never;
        /** Confirm the hosts that the plugin wants to call, exactly as they were shown. */
        post: operations["confirmHosts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections/{name}/authorization": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin a sign-in: open the address with a browser within ten minutes. */
        post: operations["beginSignIn"];
        /** Sign out: the hub forgets the tokens of the connection. */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections/{name}/authorization/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How a sign-in that was begun goes on. */
        get: operations["getSignIn"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/oauth/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where authorities send people back to after a sign-in; a page for their browser. */
        get: operations["endSignIn"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plugins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The installed plugins with their settings and capabilities. */
        get: operations["listPlugins"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plugins/{name}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let a plugin out of the quarantine: its next call starts its process again.
         * @description A plugin is quarantined when its process keeps ending. One that is not stays as it is.
         */
        post: operations["release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plugins/{name}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The last lines that a plugin, and the hub about it, have said, without secrets.
         * @description Of each version and connector host the last 200. Lines of other workspaces are left out.
         */
        get: operations["getLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/capabilities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What workflows can call, and which plugins offer it. */
        get: operations["listCapabilities"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plugins/packages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The installed packages, every version of them, with their states. */
        get: operations["listPackages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plugins/updates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask the registry now for newer versions of the packages that came from it. It is asked at no other time. */
        post: operations["findUpdates"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plugins/packages/npm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Fetch a plugin from the npm registry. It is proposed, and does nothing until it is approved. */
        post: operations["installFromNpm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plugins/packages/tarball": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hand in the tarball of a plugin. It is proposed, and does nothing until it is approved. */
        post: operations["installTarball"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plugins/packages/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The installed versions of a plugin, the newest first. */
        get: operations["getPackage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plugins/packages/{name}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A version: what it may do, what it offers, how it differs from the active one, and who uses both. */
        get: operations["getVersion"];
        put?: never;
        post?: never;
        /** Remove a version. One that is in use only with force=true. */
        delete: operations["remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plugins/packages/{name}/versions/{version}/tarball": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tarball of a version as it was installed. */
        get: operations["getTarball"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plugins/packages/{name}/versions/{version}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a proposed version the active one, or a former one again. If-Match: the revision that was looked at. */
        post: operations["approve"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plugins/packages/{name}/versions/{version}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have a version read again that a connector host could not read. */
        post: operations["retry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plugins/packages/{name}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Withdraw the active version and go back to the one before; whatever was applied with it goes back too. */
        post: operations["rollBack"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plugins/{name}/capabilities/{capability}/try": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call a capability once over a connection. Effects other than read have to be confirmed.
         * @description The call is made for real, with the limits of the connection, at most 60 s long, and is not repeated. It has a trace and an event of the audit trail. A failed call is a 200 whose status is "failed".
         */
        post: operations["tryCapability"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What changes, as server-sent events: run.changed, review.changed, heartbeat, and resync (read everything again). */
        get: operations["followEvents"];
        put?: never;
        /** Send CloudEvents. Each goes to the runs that listen for it and to the workflows and triggers that it starts, once, however often it comes. The answer comes after it and the runs of triggers are stored. */
        post: operations["sendEvents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/callbacks/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer a call that the hub waits for. It goes on when the answer is stored. */
        post: operations["answerCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/hooks/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same for systems that ask at the address whether it is right. */
        get: operations["askHook"];
        put?: never;
        /** Send events to a trigger of a plugin. The answer comes after they are stored. */
        post: operations["sendToHook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send an event to one run: a CloudEvent, or {"type": ..., "data": ...} with the rest filled in. It waits until a task of the run listens for it. The answer comes after it is stored. */
        post: operations["sendSignal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/traces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Traces of the hub and of every application that sends telemetry, newest first. */
        get: operations["listTraces"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/traces/{traceId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A trace with its spans, first to last. */
        get: operations["getTrace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{id}/trace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The trace of a run; while it is going, with its open spans. */
        get: operations["getRunTrace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/inventory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every application, model, agent, tool and MCP server in use, managed by the hub or not. */
        get: operations["listInventory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/metrics/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs, reviews, AI assets and telemetry at a glance, with the time before to compare with. */
        get: operations["getOverview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/{namespace}/{name}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs of a workflow over time. */
        get: operations["getWorkflowMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Messages that could not be handled, newest first. */
        get: operations["listDeadLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send letters again: these, or the next batch of all that match. */
        post: operations["redriveDeadLetters"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put letters aside: these, or the next batch of all that match. */
        post: operations["discardDeadLetters"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A dead letter with its headers, its payload and the run that it is for. */
        get: operations["getDeadLetter"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}/payload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Edit what a redrive sends. The payload as it came is kept. */
        put: operations["editDeadLetter"];
        post?: never;
        /** Take the edit back: a redrive sends the payload as it came. */
        delete: operations["restoreDeadLetter"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a letter again. It is closed once the bus has acknowledged the message. */
        post: operations["redriveDeadLetter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put a letter aside. It is kept, and can be reopened. */
        post: operations["discardDeadLetter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}/reopen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Open a discarded letter again. */
        post: operations["reopenDeadLetter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections/{name}/capabilities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a connection found that it can do, and how that differs from what was approved.
         * @description Tools of MCP servers and operations of OpenAPI documents. Hosts look by themselves once an hour.
         */
        get: operations["getCapabilities"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Say whether changes of the other side wait for approval, and how names begin. */
        patch: operations["setCapabilities"];
        trace?: never;
    };
    "/v1/connections/{name}/capabilities/find": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask the connection now what it can do. What it says is approved apart. */
        post: operations["findCapabilities"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections/{name}/capabilities/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let workflows call what the connection found, just as it was shown. */
        post: operations["approveCapabilities"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/system": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The processes of the hub, what waits, and what a person should look at. */
        get: operations["getSystem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same as figures, in Prometheus's text format. */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Health: {
            /** @enum {string} */
            status: "ok";
        };
        ArtifactRef: {
            /**
             * Format: uuid
             * @description Id of the artifact: GET /v1/artifacts/{id}/content
             */
            $artifact: string;
            mediaType: string;
            bytes: number;
            name?: string;
            sha256?: string;
        };
        AuditPage: {
            items: components["schemas"]["AuditEvent"][];
            nextCursor: string | null;
        };
        AuditEvent: {
            id: string;
            /** Format: date-time */
            at: string;
            subject: string;
            action: string;
            target: string;
            before: unknown;
            after: unknown;
            origin: string | null;
            /** @description SHA-256 over the event and the hash before it */
            hash: string;
            previousHash: string | null;
        };
        WorkflowPage: {
            items: components["schemas"]["WorkflowSummary"][];
            nextCursor: string | null;
        };
        WorkflowSummary: {
            namespace: string;
            name: string;
            version: string;
            title: string | null;
            summary: string | null;
            enabled: boolean;
            /** @description why, by whom and since when it starts no runs; null when it is enabled */
            disabled: {
                reason: string | null;
                by: string | null;
                at: string | null;
            } | null;
            /** Format: date-time */
            updatedAt: string;
            recent: {
                runs: number;
                completed: number;
                faulted: number;
                active: number;
                p50Ms: number | null;
                costMicros: number;
            };
        };
        Applied: {
            /** @enum {string} */
            kind: "Workflow" | "RoutingPolicy" | "Trigger";
            namespace?: string;
            name: string;
            version: string;
            contentHash: string;
            /** @enum {string} */
            change: "created" | "updated" | "unchanged";
            findings: components["schemas"]["Finding"][];
        };
        Finding: {
            /** @enum {string} */
            severity: "error" | "warning" | "info";
            code: string;
            message: string;
            fix?: string;
            pointer?: string;
            line?: number;
            column?: number;
            docs?: string;
        };
        WorkflowPreview: {
            namespace: string;
            name: string;
            version: string;
            contentHash: string;
            /** @enum {string} */
            change: "created" | "updated" | "unchanged";
            findings: components["schemas"]["Finding"][];
            /** @description the current version; its runs under way stay on it */
            current: components["schemas"]["WorkflowVersion"] | null;
            /** @description the number of the older version that has this content, if one has */
            known: number | null;
            enabled: boolean;
            tasks: {
                /** @enum {string} */
                change: "added" | "removed" | "changed" | "moved";
                /** @description JSON pointer in the new document; of a removed task in the current one */
                pointer: string;
                name: string;
                /** @description keywords of the task that differ */
                keywords: string[];
            }[];
            sections: {
                /** @enum {string} */
                change: "added" | "removed" | "changed";
                pointer: string;
            }[];
            /** @description what the new input schema refuses and the current one does not */
            input: {
                /** @description JSON pointer of the value; * stands for any item or property */
                pointer: string;
                detail: string;
                /** @description false: it may refuse more, which is not known */
                certain: boolean;
            }[];
            capabilities: {
                added: {
                    name: string;
                    /** @description by an enabled connection */
                    offered: boolean;
                }[];
                removed: string[];
            };
            /** @description triggers that start runs of this workflow */
            triggers: {
                name: string;
                /** @enum {string} */
                kind: "kafka" | "cloudevents";
                enabled: boolean;
            }[];
            /** @description what would not work any more, in sentences */
            breaks: {
                /** @enum {string} */
                code: "input-stricter" | "capability-missing" | "disabled";
                message: string;
            }[];
        };
        WorkflowVersion: {
            /** Format: uuid */
            id: string;
            /** @description 1 for the first one of its workflow */
            number: number;
            version: string;
            /** @description what was said when it was applied */
            note: string | null;
            contentHash: string;
            /** Format: date-time */
            createdAt: string;
            createdBy: string;
            current: boolean;
            /** @description runs of this version that have not ended */
            runsUnderWay: number;
            /** @description the share of new runs that it takes beside the current version; null: it is no canary */
            canaryPercent: number | null;
        };
        LintResult: {
            findings: components["schemas"]["Finding"][];
        };
        WorkflowDetail: {
            namespace: string;
            name: string;
            version: string;
            title: string | null;
            summary: string | null;
            enabled: boolean;
            /** @description why, by whom and since when it starts no runs; null when it is enabled */
            disabled: {
                reason: string | null;
                by: string | null;
                at: string | null;
            } | null;
            /** Format: date-time */
            updatedAt: string;
            recent: {
                runs: number;
                completed: number;
                faulted: number;
                active: number;
                p50Ms: number | null;
                costMicros: number;
            };
            /** @description the document as it was applied */
            source: string;
            /** @description the document as JSON */
            definition: unknown;
            inputSchema: unknown;
            /** @description metadata.tutti.baseline: the process before the hub */
            baseline: {
                cycleTimeMs: number | null;
                costMicros: number | null;
                currency: string | null;
                note: string | null;
            } | null;
            versions: components["schemas"]["WorkflowVersionSummary"][];
            /** @description the installed plugins that this version was applied with, and others that it needs and that do not work */
            plugins: components["schemas"]["WorkflowPlugin"][];
            problems: components["schemas"]["WorkflowProblem"][];
        };
        WorkflowVersionSummary: {
            /** Format: uuid */
            id: string;
            /** @description 1 for the first one of its workflow */
            number: number;
            version: string;
            /** @description what was said when it was applied */
            note: string | null;
            contentHash: string;
            /** Format: date-time */
            createdAt: string;
            createdBy: string;
            current: boolean;
        };
        WorkflowPlugin: {
            name: string;
            version: string;
            /** @description why calls of it fail; null: they do not */
            problem: string | null;
        };
        WorkflowProblem: {
            /** @enum {string} */
            kind: "plugin" | "capability" | "connection";
            /** @description of the plugin, capability or connection, on whose page it is mended */
            name: string;
            detail: string;
        };
        WorkflowVersionPage: {
            items: components["schemas"]["WorkflowVersion"][];
            nextCursor: string | null;
        };
        WorkflowPublished: {
            /** @enum {string} */
            change: "published" | "canary" | "unchanged";
            version: components["schemas"]["WorkflowVersion"];
            findings: components["schemas"]["Finding"][];
        };
        WorkflowCanaryAnswer: {
            canary: components["schemas"]["WorkflowCanary"] | null;
        };
        WorkflowCanary: {
            percent: number;
            /** Format: date-time */
            since: string;
            by: string;
            current: components["schemas"]["VersionFigures"];
            canary: components["schemas"]["VersionFigures"];
        };
        VersionFigures: {
            version: components["schemas"]["WorkflowVersion"];
            runs: number;
            ended: number;
            faulted: number;
            /** @description of those that ended, 0 to 1; null when none has */
            faultedShare: number | null;
            p50Ms: number | null;
            p95Ms: number | null;
            /** @description of all together */
            costMicros: number;
            currency: string | null;
        };
        RunStarted: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            status: "pending" | "running" | "waiting" | "suspended" | "completed" | "faulted" | "cancelled";
            output?: unknown;
            error?: {
                type: string;
                title: string;
                status: number;
                detail?: string;
                instance?: string;
                errors?: ({
                    pointer?: string;
                    detail: string;
                } & {
                    [key: string]: unknown;
                })[];
            } & {
                [key: string]: unknown;
            };
        };
        RunPage: {
            items: components["schemas"]["RunSummary"][];
            nextCursor: string | null;
        };
        RunSummary: {
            /** Format: uuid */
            id: string;
            workflow: {
                namespace: string;
                name: string;
                version: string;
            };
            /** @enum {string} */
            status: "pending" | "running" | "waiting" | "suspended" | "completed" | "faulted" | "cancelled";
            /** @description api, webhook, schedule, retry, example, workflow */
            trigger: string;
            /** Format: date-time */
            startedAt: string;
            endedAt: string | null;
            durationMs: number | null;
            costMicros: number;
            currency: string | null;
            traceId: string;
            retryOf: string | null;
            error: ({
                type: string;
                title: string;
                status: number;
                detail?: string;
                instance?: string;
                errors?: ({
                    pointer?: string;
                    detail: string;
                } & {
                    [key: string]: unknown;
                })[];
            } & {
                [key: string]: unknown;
            }) | null;
        };
        BulkRetried: {
            dryRun: boolean;
            /** @description faulted runs that the filter found, up to the limit */
            matched: number;
            /** @description whether it finds more than the limit */
            more: boolean;
            /** @description the newest of them */
            sample: components["schemas"]["RunSummary"][];
            retried: {
                /** Format: uuid */
                id: string;
                /** Format: uuid */
                retriedBy: string;
            }[];
            refused: {
                /** Format: uuid */
                id: string;
                reason: string;
            }[];
        };
        RunDetail: {
            /** Format: uuid */
            id: string;
            workflow: {
                namespace: string;
                name: string;
                version: string;
            };
            /** @enum {string} */
            status: "pending" | "running" | "waiting" | "suspended" | "completed" | "faulted" | "cancelled";
            /** @description api, webhook, schedule, retry, example, workflow */
            trigger: string;
            /** Format: date-time */
            startedAt: string;
            endedAt: string | null;
            durationMs: number | null;
            costMicros: number;
            currency: string | null;
            traceId: string;
            retryOf: string | null;
            error: ({
                type: string;
                title: string;
                status: number;
                detail?: string;
                instance?: string;
                errors?: ({
                    pointer?: string;
                    detail: string;
                } & {
                    [key: string]: unknown;
                })[];
            } & {
                [key: string]: unknown;
            }) | null;
            input: unknown;
            output: unknown;
            revision: number;
            /** @description why a run that is accepted has not begun, in one sentence */
            waitsFor: string | null;
            /** @description the run that started this one by `run: workflow` */
            parent: {
                /** Format: uuid */
                id: string;
                position: string;
                workflow: {
                    namespace: string;
                    name: string;
                    version: string;
                };
                /** @enum {string} */
                status: "pending" | "running" | "waiting" | "suspended" | "completed" | "faulted" | "cancelled";
            } | null;
            /** @description the newest runs that it started; GET /v1/runs?parent= has all */
            children: {
                /** Format: uuid */
                id: string;
                position: string;
                workflow: {
                    namespace: string;
                    name: string;
                    version: string;
                };
                /** @enum {string} */
                status: "pending" | "running" | "waiting" | "suspended" | "completed" | "faulted" | "cancelled";
            }[];
            active: {
                position: string;
                task: string;
                name: string;
                type: string;
                /** Format: date-time */
                since: string;
            }[];
        };
        JournalPage: {
            items: components["schemas"]["JournalItem"][];
            nextCursor: string | null;
        };
        JournalItem: {
            sequence: number;
            /** Format: date-time */
            at: string;
            kind: string;
        } & {
            [key: string]: unknown;
        };
        RetryPreview: {
            /** Format: uuid */
            runId: string;
            /** @description why the run cannot be retried from there */
            refused: string | null;
            /** @description null when it is refused */
            plan: {
                from: {
                    /** @description JSON pointer of the task */
                    task: string;
                    name: string;
                    /** @description the instance of the task: its pointer with loop turns */
                    position: string;
                };
                /** @description calls that succeeded before the task: their answers are kept, and they are not made again */
                kept: {
                    count: number;
                    items: {
                        /** @description JSON pointer of the task */
                        task: string;
                        name: string;
                        /** @description the instance of the task: its pointer with loop turns */
                        position: string;
                        /** @description null: a call over HTTP */
                        capability: string | null;
                        connection: string | null;
                        /** @enum {string} */
                        effect: "read" | "idempotent-write" | "write";
                        /** @description whether a receipt of its success is stored */
                        receipt: boolean;
                    }[];
                };
                /** @description certain while policies and connections stay as they are: the first turn, made and thrown away */
                firstTurn: {
                    /**
                     * @description how the retry stands after it
                     * @enum {string}
                     */
                    status: "pending" | "running" | "waiting" | "suspended" | "completed" | "faulted" | "cancelled";
                    tasks: {
                        count: number;
                        items: {
                            /** @description JSON pointer of the task */
                            task: string;
                            name: string;
                            /** @description the instance of the task: its pointer with loop turns */
                            position: string;
                        }[];
                    };
                    calls: {
                        count: number;
                        items: {
                            /** @description JSON pointer of the task */
                            task: string;
                            name: string;
                            /** @description the instance of the task: its pointer with loop turns */
                            position: string;
                            /** @description null: a call over HTTP */
                            capability: string | null;
                            connection: string | null;
                            /** @enum {string} */
                            effect: "read" | "idempotent-write" | "write";
                            /** @description sent again with the key that it had */
                            underWay: boolean;
                        }[];
                    };
                    /** @description what people are asked */
                    reviews: {
                        count: number;
                        items: {
                            task: string;
                            position: string;
                            title: string;
                            because: string;
                        }[];
                    };
                    /** @description events that it emits */
                    events: number;
                    error: ({
                        type: string;
                        title: string;
                        status: number;
                        detail?: string;
                        instance?: string;
                        errors?: ({
                            pointer?: string;
                            detail: string;
                        } & {
                            [key: string]: unknown;
                        })[];
                    } & {
                        [key: string]: unknown;
                    }) | null;
                };
                /** @description calls that succeeded from the task on: made again, with new keys, when the retry comes there */
                repeated: {
                    count: number;
                    items: {
                        /** @description JSON pointer of the task */
                        task: string;
                        name: string;
                        /** @description the instance of the task: its pointer with loop turns */
                        position: string;
                        /** @description null: a call over HTTP */
                        capability: string | null;
                        connection: string | null;
                        /** @enum {string} */
                        effect: "read" | "idempotent-write" | "write";
                        /** @description whether a receipt of its success is stored */
                        receipt: boolean;
                    }[];
                };
                /** @description tasks that may run after the first turn; which of them do depends on answers and data */
                possible: {
                    count: number;
                    items: {
                        task: string;
                        name: string;
                        type: string;
                        capability: string | null;
                        /** @description null: it depends on the connection, or it is no call */
                        effect: ("read" | "idempotent-write" | "write") | null;
                    }[];
                };
            } | null;
        };
        RunMigrations: {
            dryRun: boolean;
            to: components["schemas"]["WorkflowVersion"];
            /** @description runs under way that the filter finds, at most 10,000 are counted */
            matched: number;
            /** @description of this page */
            can: number;
            cannot: number;
            /** @description runs that were asked to migrate */
            asked: number;
            /** @description newest first */
            items: components["schemas"]["MigratableRun"][];
            nextCursor: string | null;
        };
        MigratableRun: {
            /** Format: uuid */
            id: string;
            /** @description the number of the version that it is on */
            number: number;
            /** @enum {string} */
            status: "pending" | "running" | "waiting" | "suspended" | "completed" | "faulted" | "cancelled";
            /** Format: date-time */
            startedAt: string;
            /** @description positions of the tasks that it waits at, innermost ones */
            active: string[];
            can: boolean;
            /** @description why not; empty when it can */
            reasons: string[];
        };
        TaskData: {
            task: string;
            name: string;
            position: string;
            /** @description after input.from */
            input: unknown;
            /** @description absent: the task has not completed */
            output?: unknown;
            /** @description by name without $: those of every expression, and of the loops and catches around */
            variables: {
                [key: string]: unknown;
            };
        };
        Cassette: {
            /** @enum {string} */
            kind: "Cassette";
            /** @enum {number} */
            version: 1;
            run: {
                id: string;
                workspaceId: string;
                /** @description epoch milliseconds */
                startedAt: number;
                trigger: string;
            };
            workflow: {
                namespace: string;
                name: string;
                version: string;
            };
            status: string;
            output?: unknown;
            error?: {
                [key: string]: unknown;
            };
            /** @description how many different values were replaced, by kind */
            redacted: {
                [key: string]: number;
            };
            input: unknown;
            calls: {
                /** @description JSON pointer of the task */
                task: string;
                /** @description which instance of the task */
                position: string;
                attempt: number;
                /** @description capability, http, openapi, mcp, grpc, a2a, asyncapi, script, shell or container */
                kind: string;
                capability?: string;
                connection?: string;
                /** @enum {string} */
                effect: "read" | "idempotent-write" | "write";
                input: unknown;
                /** @description how long the answer took */
                ms: number;
                /** @description null: no answer came in time */
                outcome: {
                    [key: string]: unknown;
                } | null;
            }[];
            children: {
                task: string;
                position: string;
                workflow: {
                    namespace: string;
                    name: string;
                    version: string;
                };
                input: unknown;
                ms: number;
                /** @enum {string} */
                status: "completed" | "faulted" | "cancelled" | "started" | "refused";
                output?: unknown;
                error?: {
                    [key: string]: unknown;
                };
            }[];
            reviews: {
                task: string;
                position: string;
                because: string;
                /** @description how long the decision took */
                ms: number;
                /** @description null: nobody decided */
                decision: {
                    [key: string]: unknown;
                } | null;
            }[];
            /** @description events and orders that reached the run, from its start on */
            commands: {
                afterMs: number;
                command: {
                    [key: string]: unknown;
                };
            }[];
            connections: {
                name: string;
                plugin: string;
                pluginVersion: string;
                capabilities: {
                    [key: string]: {
                        /** @enum {string} */
                        effect: "read" | "idempotent-write" | "write";
                        reconciles: boolean;
                        costMicros?: number;
                        latencyMs?: number;
                    };
                };
            }[];
            /** @description the routing policies that were active */
            policies: unknown[];
            /** @description the workflow document, with the functions it was applied with */
            definition: unknown;
        };
        PartialOutputs: {
            items: components["schemas"]["PartialOutput"][];
        };
        PartialOutput: {
            callId: string;
            attempt: number;
            /** @description JSON pointer of the task in the document */
            task: string;
            text: string;
            /** @description characters that came after the text and are not kept */
            dropped: number;
        };
        MasterKeys: {
            keys: {
                id: string;
                /**
                 * @description next: waits for a rotation; active: seals; old: secrets are still under it; retired: not needed; lost: given up
                 * @enum {string}
                 */
                state: "next" | "active" | "old" | "retired" | "lost";
                /** Format: date-time */
                since: string;
            }[];
            processes: {
                host: string;
                pid: number;
                keys: string[];
                /** @description the key that it seals under */
                sealing: string;
            }[];
            uses: {
                what: string;
                /** @description `legacy`: from before keys had ids */
                keyId: string;
                count: number;
            }[];
            /** @description the newest one */
            rotation: components["schemas"]["MasterKeyRotation"] | null;
        };
        MasterKeyRotation: {
            /** Format: uuid */
            id: string;
            /** @description the master key that everything is brought under */
            keyId: string;
            /**
             * @description waiting: not every process has the key yet, or seals under it
             * @enum {string}
             */
            state: "waiting" | "moving" | "done";
            /** @description what it waits for; what to do when it is done */
            detail: string;
            total: number;
            moved: number;
            /** @description values that no key opens, by whose they are; at most 100 */
            unreadable: string[];
            startedBy: string;
            /** Format: date-time */
            startedAt: string;
            endedAt: string | null;
        };
        SecretPage: {
            items: components["schemas"]["SecretItem"][];
            nextCursor: string | null;
        };
        SecretItem: {
            name: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            updatedBy: string;
        };
        SchedulePage: {
            items: components["schemas"]["ScheduleItem"][];
            nextCursor: string | null;
        };
        ScheduleItem: {
            workflow: {
                namespace: string;
                name: string;
            };
            /** @enum {string} */
            kind: "cron" | "every" | "after";
            /** @description as the document has it */
            expression: string;
            /** @description IANA name; cron is read in it */
            timezone: string;
            /** @enum {string} */
            overlap: "allow" | "skip" | "queue-one";
            /** @enum {string} */
            catchUp: "none" | "last" | "all";
            /** @description missed runs that are made good at most; null but for "all" */
            catchUpMax: number | null;
            /**
             * @description disabled: its workflow is
             * @enum {string}
             */
            state: "active" | "paused" | "disabled" | "failing";
            /** @description why its times cannot be worked out */
            error: string | null;
            /** @description null while the end of a run decides, and when no time is left */
            nextAt: string | null;
            /** @description the run from whose end "after" counts */
            waitsForRun: string | null;
            /** @description the planned time that starts when the run under way ends */
            heldAt: string | null;
            lastPlannedAt: string | null;
            lastRunId: string | null;
            /** @description runs started since the schedule was first applied */
            fired: number;
            /** @description planned times that became no run */
            skipped: number;
            /** Format: date-time */
            updatedAt: string;
        };
        ScheduleDetail: {
            workflow: {
                namespace: string;
                name: string;
            };
            /** @enum {string} */
            kind: "cron" | "every" | "after";
            /** @description as the document has it */
            expression: string;
            /** @description IANA name; cron is read in it */
            timezone: string;
            /** @enum {string} */
            overlap: "allow" | "skip" | "queue-one";
            /** @enum {string} */
            catchUp: "none" | "last" | "all";
            /** @description missed runs that are made good at most; null but for "all" */
            catchUpMax: number | null;
            /**
             * @description disabled: its workflow is
             * @enum {string}
             */
            state: "active" | "paused" | "disabled" | "failing";
            /** @description why its times cannot be worked out */
            error: string | null;
            /** @description null while the end of a run decides, and when no time is left */
            nextAt: string | null;
            /** @description the run from whose end "after" counts */
            waitsForRun: string | null;
            /** @description the planned time that starts when the run under way ends */
            heldAt: string | null;
            lastPlannedAt: string | null;
            lastRunId: string | null;
            /** @description runs started since the schedule was first applied */
            fired: number;
            /** @description planned times that became no run */
            skipped: number;
            /** Format: date-time */
            updatedAt: string;
            /** @description the next ten planned times */
            nextTimes: string[];
            /** @description the last planned times, newest first */
            fires: components["schemas"]["ScheduleFire"][];
        };
        ScheduleFire: {
            /** Format: date-time */
            plannedAt: string;
            /**
             * Format: date-time
             * @description the last planned time of several; else plannedAt
             */
            throughAt: string;
            /** @enum {string} */
            outcome: "fired" | "caught-up" | "queued" | "manual" | "skipped";
            /** @description of skipped ones: missed, overlap, input, capacity or repeated */
            reason: string | null;
            detail: string | null;
            count: number;
            /**
             * Format: date-time
             * @description when this was decided
             */
            at: string;
            run: {
                /** Format: uuid */
                id: string;
                status: ("pending" | "running" | "waiting" | "suspended" | "completed" | "faulted" | "cancelled") | null;
                ended: boolean;
            } | null;
        };
        EventSchedulePage: {
            items: components["schemas"]["EventScheduleItem"][];
            nextCursor: string | null;
        };
        EventScheduleItem: {
            workflow: {
                namespace: string;
                name: string;
            };
            /** @enum {string} */
            state: "active" | "disabled";
            /**
             * @description until: any, collected until something holds
             * @enum {string}
             */
            on: "one" | "any" | "all" | "until";
            /** @description of the events that can start it; null: any */
            types: string[] | null;
            /** @description events that wait for room, at most 10,000 */
            waiting: number;
            oldestWaitingAt: string | null;
            /** @description why the oldest one waits */
            waitsFor: string | null;
            /** @description sets of events that are not whole */
            sets: number;
            oldestSetAt: string | null;
        };
        TriggerPage: {
            items: components["schemas"]["TriggerItem"][];
            nextCursor: string | null;
        };
        TriggerItem: {
            /** Format: uuid */
            id: string;
            name: string;
            /** @enum {string} */
            kind: "kafka" | "cloudevents" | "plugin";
            workflow: {
                namespace: string;
                name: string;
            };
            source: string;
            connection: string | null;
            enabled: boolean;
            /** @enum {string} */
            state: "starting" | "running" | "paused" | "failing";
            error: string | null;
            lag: number | null;
            lastRecordAt: string | null;
            records: {
                taken: number;
                /** @description passed over by the filter */
                filtered: number;
                /** @description became dead letters */
                dead: number;
                /** @description delivered again, and recognised */
                repeated: number;
            };
            runsStarted: number;
            /** @description counts the changes of the document */
            version: number;
            contentHash: string;
            createdBy: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        TriggerDetail: {
            /** Format: uuid */
            id: string;
            name: string;
            /** @enum {string} */
            kind: "kafka" | "cloudevents" | "plugin";
            workflow: {
                namespace: string;
                name: string;
            };
            source: string;
            connection: string | null;
            enabled: boolean;
            /** @enum {string} */
            state: "starting" | "running" | "paused" | "failing";
            error: string | null;
            lag: number | null;
            lastRecordAt: string | null;
            records: {
                taken: number;
                /** @description passed over by the filter */
                filtered: number;
                /** @description became dead letters */
                dead: number;
                /** @description delivered again, and recognised */
                repeated: number;
            };
            runsStarted: number;
            /** @description counts the changes of the document */
            version: number;
            contentHash: string;
            createdBy: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description the document as it was applied */
            text: string;
            /** @description the document as JSON */
            definition: unknown;
            consumerGroup: string | null;
            /** @description who reads which partition, and how many records wait there */
            partitions: {
                partition: number;
                lag: number | null;
                process: string;
            }[];
            /** @description null unless a plugin brings its events */
            plugin: components["schemas"]["PluginTriggerState"] | null;
            places: {
                waiting: number;
                taken: number;
                limit: number | null;
            };
        };
        PluginTriggerState: {
            /** @description null until a connector host looked at it */
            kind: ("poll" | "webhook" | "stream") | null;
            /** @description what the next look begins with; null: none */
            cursor: unknown;
            /** @description webhooks only: where the other system sends to, below the API */
            hookPath: string | null;
            /** @description whether the plugin registered the address in the other system */
            subscribed: boolean;
            /** @description null while it is paused, and for streams */
            nextLookAt: string | null;
            lookedAt: string | null;
            lastEventAt: string | null;
            /** @description found or sent since it was made */
            events: number;
            /** @description events that are no runs yet */
            waiting: number;
        };
        ReviewPage: {
            items: components["schemas"]["ReviewSummary"][];
            nextCursor: string | null;
        };
        ReviewSummary: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            runId: string;
            title: string;
            because: string;
            /** @enum {string} */
            status: "open" | "approved" | "rejected" | "expired" | "withdrawn";
            workflow: {
                namespace: string;
                name: string;
                version: string;
            };
            task: string;
            /** Format: date-time */
            openedAt: string;
            dueAt: string | null;
            decidedAt: string | null;
            decidedBy: string | null;
        };
        ReviewDetail: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            runId: string;
            title: string;
            because: string;
            /** @enum {string} */
            status: "open" | "approved" | "rejected" | "expired" | "withdrawn";
            workflow: {
                namespace: string;
                name: string;
                version: string;
            };
            task: string;
            /** Format: date-time */
            openedAt: string;
            dueAt: string | null;
            decidedAt: string | null;
            decidedBy: string | null;
            form: {
                [key: string]: unknown;
            } | null;
            /** @description what the person sees and may edit */
            data: unknown;
            /** @description further facts shown beside the fields, not editable */
            context: unknown;
            document: components["schemas"]["ArtifactRef"] | null;
            decision: {
                approved: boolean;
                data: unknown;
                edits: {
                    path: string;
                    before: unknown;
                    after: unknown;
                }[];
                comment?: string;
                by: string;
                /** Format: date-time */
                at: string;
            } | null;
            token: string | null;
        };
        ReviewDecisionRequest: {
            /** @enum {string} */
            decision: "approve" | "reject";
            data?: unknown;
            comment?: string;
            token: string;
        };
        PolicyPage: {
            items: components["schemas"]["PolicyItem"][];
            nextCursor: string | null;
        };
        PolicyItem: {
            name: string;
            capability: string;
            version: number;
            contentHash: string;
            active: boolean;
            createdBy: string;
            /** Format: date-time */
            createdAt: string;
        };
        PolicyDetail: {
            name: string;
            capability: string;
            version: number;
            contentHash: string;
            active: boolean;
            createdBy: string;
            /** Format: date-time */
            createdAt: string;
            source: string;
            definition: unknown;
            /** @description newest first */
            versions: components["schemas"]["PolicyItem"][];
        };
        ConnectionPage: {
            items: components["schemas"]["ConnectionItem"][];
            nextCursor: string | null;
        };
        ConnectionItem: {
            name: string;
            plugin: string;
            enabled: boolean;
            /** @description who looks after it: a name, a team, an address */
            owner: string | null;
            /** @description such as production or test */
            environment: string | null;
            /** @enum {string} */
            state: "off" | "plugin-missing" | "quarantined" | "hosts-to-confirm" | "sign-in-needed" | "failing" | "ok" | "unknown";
            capabilities: string[];
            settings: {
                [key: string]: unknown;
            };
            limits: {
                concurrency?: number;
                rateLimit?: {
                    requests: number;
                    perMs: number;
                };
            } | null;
            signIn: components["schemas"]["ConnectionSignIn"] | null;
            /** @enum {string} */
            health: "ok" | "failing" | "unknown";
            healthDetail: string | null;
            checkedAt: string | null;
            recent: components["schemas"]["ConnectionUsage"];
            lastError: components["schemas"]["ConnectionError"] | null;
            /** @description null: no reply told any */
            headroom: components["schemas"]["ConnectionHeadroom"] | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        ConnectionSignIn: {
            /** @enum {string} */
            state: "signed-in" | "needed";
            detail: string | null;
            by: string | null;
            at: string | null;
            refreshedAt: string | null;
            scopes: string | null;
        };
        ConnectionUsage: {
            calls: number;
            failed: number;
            p50Ms: number | null;
            p95Ms: number | null;
            /** @description what is known of it, in micro-units of each currency */
            cost: {
                currency: string;
                micros: number;
            }[];
        };
        ConnectionError: {
            /** Format: date-time */
            at: string;
            title: string;
            status: number;
            capability: string;
            /** @description null: its run is not there, as for a call that was tried out */
            runId: string | null;
        };
        ConnectionHeadroom: {
            /**
             * Format: date-time
             * @description when the reply came
             */
            at: string;
            quotas: components["schemas"]["Quota"][];
            /** @description Retry-After of a refusal */
            retryAt: string | null;
        };
        Quota: {
            /** @description as the other system calls it: requests, tokens, day */
            name: string;
            limit: number | null;
            remaining: number | null;
            resetAt: string | null;
        };
        ConnectionDetail: {
            name: string;
            plugin: string;
            enabled: boolean;
            /** @description who looks after it: a name, a team, an address */
            owner: string | null;
            /** @description such as production or test */
            environment: string | null;
            /** @enum {string} */
            state: "off" | "plugin-missing" | "quarantined" | "hosts-to-confirm" | "sign-in-needed" | "failing" | "ok" | "unknown";
            capabilities: string[];
            settings: {
                [key: string]: unknown;
            };
            limits: {
                concurrency?: number;
                rateLimit?: {
                    requests: number;
                    perMs: number;
                };
            } | null;
            signIn: components["schemas"]["ConnectionSignIn"] | null;
            /** @enum {string} */
            health: "ok" | "failing" | "unknown";
            healthDetail: string | null;
            checkedAt: string | null;
            recent: components["schemas"]["ConnectionUsage"];
            lastError: components["schemas"]["ConnectionError"] | null;
            /** @description null: no reply told any */
            headroom: components["schemas"]["ConnectionHeadroom"] | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description the last 24 hours, those without calls left out */
            hours: components["schemas"]["ConnectionHour"][];
            /** @description the last tests, the newest first */
            checks: components["schemas"]["ConnectionCheck"][];
            usedBy: components["schemas"]["ConnectionUsers"];
        };
        ConnectionHour: {
            calls: number;
            failed: number;
            p50Ms: number | null;
            p95Ms: number | null;
            /** @description what is known of it, in micro-units of each currency */
            cost: {
                currency: string;
                micros: number;
            }[];
            /**
             * Format: date-time
             * @description when the hour begins
             */
            at: string;
        };
        ConnectionCheck: {
            /** Format: date-time */
            at: string;
            by: string;
            ok: boolean;
            detail: string;
            durationMs: number;
        };
        ConnectionUsers: {
            /** @description active policies that name it */
            policies: {
                name: string;
                capability: string;
            }[];
            /** @description by their current version */
            workflows: {
                namespace: string;
                name: string;
                /** @description that it calls, and that may go over this connection */
                capabilities: string[];
            }[];
            triggers: string[];
        };
        ConnectionTest: {
            ok: boolean;
            detail: string;
            durationMs: number;
        };
        ConnectionHosts: {
            /** @description what the plugin wants to call; empty: it was not asked yet */
            asked: string[];
            confirmed: string[];
            /** @description asked, and not confirmed: calls are refused until they are */
            waiting: string[];
        };
        SignInBegun: {
            id: string;
            url: string;
            /** Format: date-time */
            expiresAt: string;
            redirectUri: string;
        };
        SignInAttempt: {
            id: string;
            /** @enum {string} */
            status: "open" | "done" | "failed" | "expired";
            detail: string | null;
            /** Format: date-time */
            expiresAt: string;
        };
        PluginPage: {
            items: components["schemas"]["PluginItem"][];
            nextCursor: string | null;
        };
        PluginItem: {
            name: string;
            version: string;
            kind: string;
            contract: number;
            summary?: string;
            /** @enum {string} */
            state: "loaded" | "failed" | "inactive" | "quarantined";
            error: string | null;
            guards: components["schemas"]["PluginGuard"][] | null;
            settings: {
                [key: string]: unknown;
            };
            capabilities: components["schemas"]["CapabilityItem"][];
        };
        PluginGuard: {
            /** @enum {string} */
            name: "permissions" | "closed-world" | "network" | "signals" | "memory" | "orphans";
            held: boolean;
            detail: string;
        };
        CapabilityItem: {
            name: string;
            summary: string;
            /** @enum {string} */
            effect: "read" | "idempotent-write" | "write";
            input: {
                [key: string]: unknown;
            };
            output: {
                [key: string]: unknown;
            };
            reconciles: boolean;
        };
        /** @description The last lines of each version and connector host, the oldest first. */
        PluginLog: {
            items: {
                /** Format: date-time */
                at: string;
                /** @enum {string} */
                level: "debug" | "info" | "warn" | "error";
                text: string;
                version: string;
                /** @description the process of the connector host */
                instance: string;
            }[];
        };
        CapabilityPage: {
            items: components["schemas"]["CapabilityOffer"][];
            nextCursor: string | null;
        };
        CapabilityOffer: {
            name: string;
            summary: string;
            /** @enum {string} */
            effect: "read" | "idempotent-write" | "write";
            input: {
                [key: string]: unknown;
            };
            output: {
                [key: string]: unknown;
            };
            reconciles: boolean;
            /** @description the plugins that offer it */
            plugins: string[];
        };
        PluginVersionPage: {
            items: components["schemas"]["PluginVersionItem"][];
            nextCursor: string | null;
        };
        PluginVersionItem: {
            name: string;
            version: string;
            packageName: string;
            /** @enum {string} */
            state: "waiting" | "proposed" | "failed" | "active" | "inactive" | "withdrawn";
            summary: string | null;
            /** @description sha512-<base64> over the bytes of the tarball */
            integrity: string;
            bytes: number;
            source: {
                /** @enum {string} */
                kind: "npm" | "upload";
                spec?: string;
                registry?: string;
                signed: boolean;
                provenance: boolean;
            };
            log: string | null;
            revision: number;
            requestedBy: string;
            /** Format: date-time */
            requestedAt: string;
            approvedBy: string | null;
            activatedAt: string | null;
            hosts: components["schemas"]["PluginHost"][];
        };
        PluginHost: {
            instance: string;
            /** @enum {string} */
            state: "loaded" | "failed" | "quarantined";
            log: string | null;
            /** Format: date-time */
            at: string;
        };
        PluginUpdates: {
            items: components["schemas"]["PluginUpdate"][];
        };
        PluginUpdate: {
            name: string;
            packageName: string;
            /** @description the version that serves */
            active: string;
            /** @description what the registry gives as the latest; null: see the error */
            latest: string | null;
            error: string | null;
        };
        PluginVersionDetail: {
            name: string;
            version: string;
            packageName: string;
            /** @enum {string} */
            state: "waiting" | "proposed" | "failed" | "active" | "inactive" | "withdrawn";
            summary: string | null;
            /** @description sha512-<base64> over the bytes of the tarball */
            integrity: string;
            bytes: number;
            source: {
                /** @enum {string} */
                kind: "npm" | "upload";
                spec?: string;
                registry?: string;
                signed: boolean;
                provenance: boolean;
            };
            log: string | null;
            revision: number;
            requestedBy: string;
            /** Format: date-time */
            requestedAt: string;
            approvedBy: string | null;
            activatedAt: string | null;
            hosts: components["schemas"]["PluginHost"][];
            permissions: components["schemas"]["PluginPermissions"] | null;
            settings: {
                [key: string]: unknown;
            } | null;
            capabilities: components["schemas"]["CapabilityItem"][] | null;
            changes: components["schemas"]["PluginChange"][] | null;
            users: components["schemas"]["PluginUser"][];
            touched: components["schemas"]["PluginUser"][];
        };
        PluginPermissions: {
            network: boolean;
            hosts: components["schemas"]["DeclaredHosts"] | null;
            secrets: string[];
            database: boolean;
            contract: number;
        };
        DeclaredHosts: {
            patterns: string[];
            settings: string[];
        };
        PluginChange: {
            /** @enum {string} */
            what: "permission" | "setting" | "capability" | "input" | "output" | "contract";
            name: string;
            detail: string;
            breaking: boolean;
        };
        PluginUser: {
            /** @description namespace/name */
            workflow: string;
            version: string;
            /** @description new runs begin with it */
            published: boolean;
            /** @description runs of it that have not ended */
            runs: number;
        };
        Trial: {
            capability: string;
            connection: string;
            plugin: string;
            version: string;
            /** @enum {string} */
            effect: "read" | "idempotent-write" | "write";
            /** @enum {string} */
            status: "succeeded" | "failed";
            output?: unknown;
            confidence?: number;
            /** @description tokens, and cost in micro-units of a currency */
            usage?: {
                [key: string]: unknown;
            };
            /**
             * @description of a failure; unknown: a write that may or may not have happened
             * @enum {string}
             */
            fate?: "permanent" | "transient" | "defect" | "unknown";
            error?: {
                type: string;
                status: number;
                title: string;
                detail?: string;
                reply?: unknown;
            };
            durationMs: number;
            traceId: string;
            idempotencyKey: string;
        };
        EventsTaken: {
            events: {
                id: string;
                source: string;
                /** @description the event came before; who listened for it then has it */
                repeated: boolean;
                /** @description runs that it was handed to because they listen for its type */
                listeners: number;
                runs: {
                    trigger: string;
                    /** Format: uuid */
                    runId: string;
                    /** @description the event came before, and this is the run that it started */
                    repeated: boolean;
                }[];
            }[];
        };
        SignalTaken: {
            id: string;
            source: string;
            type: string;
            /** @description the event came before, and the run has it already */
            repeated: boolean;
        };
        TracePage: {
            items: components["schemas"]["TraceSummary"][];
            nextCursor: string | null;
        };
        TraceSummary: {
            traceId: string;
            name: string;
            service: string;
            managed: boolean;
            /** Format: date-time */
            startedAt: string;
            durationMs: number;
            spans: number;
            errors: number;
            inputTokens: number;
            outputTokens: number;
            costMicros: number;
            runId: string | null;
        };
        Trace: {
            traceId: string;
            /** Format: date-time */
            startedAt: string;
            durationMs: number;
            spans: components["schemas"]["SpanItem"][];
        };
        SpanItem: {
            traceId: string;
            spanId: string;
            parentSpanId: string | null;
            name: string;
            /** @enum {string} */
            kind: "llm" | "embedding" | "retrieval" | "tool" | "agent" | "workflow" | "step" | "memory" | "mcp" | "guardrail" | "call" | "review" | "http" | "other";
            service: string;
            managed: boolean;
            /** Format: date-time */
            startedAt: string;
            durationMs: number;
            /** @enum {string} */
            status: "unset" | "ok" | "error";
            statusMessage: string | null;
            model: string | null;
            provider: string | null;
            inputTokens: number | null;
            outputTokens: number | null;
            costMicros: number | null;
            currency: string | null;
            runId: string | null;
            /** @description still running: no end yet */
            open: boolean;
            attributes: {
                [key: string]: unknown;
            };
            events: unknown[];
            links: unknown[];
        };
        AiAssetPage: {
            items: components["schemas"]["AiAsset"][];
            nextCursor: string | null;
        };
        AiAsset: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "application" | "agent" | "model" | "tool" | "mcp-server";
            name: string;
            provider: string | null;
            environment: string | null;
            application: string | null;
            managed: boolean;
            /** Format: date-time */
            firstSeenAt: string;
            /** Format: date-time */
            lastSeenAt: string;
            calls: number;
            errors: number;
            inputTokens: number;
            outputTokens: number;
            costMicros: number;
            currency: string | null;
            /** @description instrumentation scope and SDK language that reported it */
            sender: string | null;
        };
        Overview: {
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
            stepSeconds: number;
            runs: {
                started: number;
                completed: number;
                faulted: number;
                cancelled: number;
                active: number;
                successShare: number | null;
                p50Ms: number | null;
                p95Ms: number | null;
                costMicros: number;
            };
            /** @description the same length of time just before */
            previous: {
                started: number;
                successShare: number | null;
                p50Ms: number | null;
                costMicros: number;
            };
            reviews: {
                open: number;
                oldestOpenAt: string | null;
            };
            assets: {
                managed: number;
                unmanaged: number;
            };
            telemetry: {
                spansAccepted: number;
                spansRejected: number;
                spansDropped: number;
            };
            points: components["schemas"]["MetricPoint"][];
        };
        MetricPoint: {
            /** Format: date-time */
            at: string;
            runs: number;
            completed: number;
            faulted: number;
            cancelled: number;
            p50Ms: number | null;
            p95Ms: number | null;
            costMicros: number;
        };
        MetricSeries: {
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
            stepSeconds: number;
            points: components["schemas"]["MetricPoint"][];
        };
        DeadLetterPage: {
            items: components["schemas"]["DeadLetterItem"][];
            nextCursor: string | null;
        };
        DeadLetterItem: {
            /** Format: uuid */
            id: string;
            topic: string;
            partition: number;
            offset: string;
            key: string | null;
            /** @description one word: malformed, unknown-kind, refused, too-large, ... */
            reason: string;
            /** @description what was wrong, for a person */
            detail: string;
            /** @enum {string} */
            status: "open" | "redriven" | "discarded";
            /** @description of the payload as it came */
            bytes: number;
            edited: boolean;
            /** @description how often this message was sent again */
            redrives: number;
            trigger: {
                /** Format: uuid */
                id: string;
                name: string | null;
            } | null;
            /** Format: date-time */
            createdAt: string;
            resolvedAt: string | null;
            resolvedBy: string | null;
        };
        DeadLetterSelection: {
            ids?: string[];
            filter?: {
                topic?: string;
                reason?: string;
                /** @description name of a trigger */
                trigger?: string;
                /** @description text in key, detail or payload, or the id of a letter */
                q?: string;
            };
            /** @description of the answer before, to go on with the next batch */
            cursor?: string;
        };
        DeadLetterBatch: {
            plan: boolean;
            /** @description open letters that were chosen, this batch and those behind it */
            matched: number;
            /** @description of this batch; in a plan: what could be done */
            done: number;
            /** @description left open, with the reason */
            refused: {
                /** Format: uuid */
                id: string;
                detail: string;
            }[];
            /** @description letters that somebody else is at, or that are not open any more */
            skipped: number;
            /** @description the letters of this batch by topic and reason */
            groups: {
                topic: string;
                reason: string;
                count: number;
            }[];
            /** @description null: there is nothing behind this batch */
            nextCursor: string | null;
        };
        DeadLetterDetail: {
            /** Format: uuid */
            id: string;
            topic: string;
            partition: number;
            offset: string;
            key: string | null;
            /** @description one word: malformed, unknown-kind, refused, too-large, ... */
            reason: string;
            /** @description what was wrong, for a person */
            detail: string;
            /** @enum {string} */
            status: "open" | "redriven" | "discarded";
            /** @description of the payload as it came */
            bytes: number;
            edited: boolean;
            /** @description how often this message was sent again */
            redrives: number;
            trigger: {
                /** Format: uuid */
                id: string;
                name: string | null;
            } | null;
            /** Format: date-time */
            createdAt: string;
            resolvedAt: string | null;
            resolvedBy: string | null;
            headers: {
                [key: string]: string;
            };
            /** @description as it came */
            payload: components["schemas"]["DeadLetterPayload"];
            /** @description what a redrive sends instead, once somebody edited it */
            editedPayload: components["schemas"]["DeadLetterPayload"] | null;
            /** @description the run that the message is for, when that is known */
            run: {
                /** Format: uuid */
                id: string;
                /** @enum {string} */
                status: "pending" | "running" | "waiting" | "suspended" | "completed" | "faulted" | "cancelled";
                workflow: {
                    namespace: string;
                    name: string;
                };
            } | null;
            /** @description why a redrive would be refused now; null: nothing is known against it */
            problem: string | null;
        };
        DeadLetterPayload: {
            /** @enum {string} */
            encoding: "json" | "text" | "base64";
            bytes: number;
            /** @description the JSON text, the text, or the base64 of the bytes */
            text: string;
            /** @description true: only the beginning is shown */
            truncated: boolean;
        };
        DeadLetterEdit: {
            json?: unknown;
            text?: string;
            /** Format: base64 */
            base64?: string;
        };
        ConnectionCapabilities: {
            connection: string;
            plugin: string;
            /** @enum {string} */
            state: "none" | "waiting" | "new" | "approved" | "changed";
            /** @enum {string} */
            mode: "pin" | "follow";
            prefix: string;
            hash: string | null;
            approved: {
                hash: string;
                by: string;
                /** Format: date-time */
                at: string;
            } | null;
            items: components["schemas"]["ConnectionCapability"][];
            leftOut: {
                name: string;
                why: string;
            }[];
            error: string | null;
            foundAt: string | null;
            lookedAt: string | null;
        };
        ConnectionCapability: {
            title: string | null;
            description: string | null;
            /** @enum {string} */
            effect: "read" | "idempotent-write" | "write";
            input: {
                [key: string]: unknown;
            };
            output: {
                [key: string]: unknown;
            } | null;
            /** @description as workflows call it */
            name: string;
            /** @description as the other system calls it */
            original: string;
            /** @enum {string} */
            use: "callable" | "waiting" | "refused";
            hinted: boolean;
            change: ("added" | "removed" | "changed") | null;
            parts: string[];
            approved: {
                title: string | null;
                description: string | null;
                /** @enum {string} */
                effect: "read" | "idempotent-write" | "write";
                input: {
                    [key: string]: unknown;
                };
                output: {
                    [key: string]: unknown;
                } | null;
            } | null;
        };
        System: {
            /** Format: date-time */
            at: string;
            warnings: components["schemas"]["SystemWarning"][];
            instances: components["schemas"]["InstanceItem"][];
            topics: components["schemas"]["SystemTopic"][];
            /** @description lag by topic over the last minutes, oldest first */
            history: {
                /** Format: date-time */
                at: string;
                lag: {
                    [key: string]: number;
                };
            }[];
            runs: {
                pending: number;
                running: number;
                waiting: number;
                suspended: number;
                /** @description accepted, and without a first turn yet */
                queued: number;
                oldestQueuedAt: string | null;
                oldestWaitingAt: string | null;
                /** @description runs whose alarm is more than 30 seconds late */
                overdue: number;
            };
            deadLetters: {
                open: number;
                oldestAt: string | null;
            };
            outbox: {
                events: number;
                oldestAt: string | null;
            };
            duplicates: {
                total: number;
                byName: {
                    [key: string]: number;
                };
            };
            database: {
                bytes: number;
                version: string;
                connections: number;
                connectionsMax: number;
                partitions: {
                    table: string;
                    partitions: number;
                    bytes: number;
                    oldest: string | null;
                }[];
            };
        };
        SystemWarning: {
            code: string;
            /** @enum {string} */
            severity: "warning" | "error";
            message: string;
            fix: string;
        };
        InstanceItem: {
            /** Format: uuid */
            id: string;
            role: string;
            host: string;
            pid: number;
            version: string;
            state: string;
            /** @description it was seen in the last 15 seconds */
            alive: boolean;
            /** Format: date-time */
            startedAt: string;
            /** Format: date-time */
            seenAt: string;
            uptimeSeconds: number;
            /** @description the process's clock minus the database's; null: not reported */
            clockSkewMs: number | null;
            bus: {
                /** @enum {string} */
                transport: "in-process" | "kafka";
                connected: boolean;
                /** @description messages that wait to be sent */
                sending: number;
                /** @description messages delivered and not done yet */
                handling: number;
                /** @description messages by topic that this process has still to take */
                lag: {
                    [key: string]: number;
                };
                shards: {
                    owned: number[];
                    count: number;
                };
            } | null;
            counters: {
                [key: string]: number;
            };
        };
        SystemTopic: {
            topic: string;
            partitions: number | null;
            /** @description role that works it off; null: every process reads all of it */
            group: string | null;
            /** @description messages that wait; null: not known */
            lag: number | null;
        };
        Problem: {
            type: string;
            title: string;
            status: number;
            detail?: string;
            instance?: string;
            errors?: ({
                pointer?: string;
                detail: string;
            } & {
                [key: string]: unknown;
            })[];
        } & {
            [key: string]: unknown;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createArtifact: {
        parameters: {
            query?: {
                name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description the bytes of the file, up to 20 MiB */
        requestBody: {
            content: {
                "*/*": string;
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArtifactRef"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getArtifact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArtifactRef"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getArtifactContent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    code: string;
                };
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        token: string;
                        /** Format: date-time */
                        expiresAt: string;
                    };
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createSignInLink: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code: string;
                        url: string;
                        /** Format: date-time */
                        expiresAt: string;
                    };
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        workspaceId: string;
                        subject: string;
                        /** @enum {string} */
                        kind: "admin" | "session";
                    };
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAuditEvents: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWorkflows: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                /** @description text in the name or the document */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkflowPage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    applyWorkflow: {
        parameters: {
            query?: {
                /** @description true: say what would change, and change nothing */
                plan?: "true" | "false" | "";
                /** @description the same as plan; POST /v1/workflows/preview tells more */
                dryRun?: "true" | "false" | "";
                /** @description what is said of the new version */
                note?: string;
            };
            header?: {
                /** @description *: there must be no such workflow */
                "if-none-match"?: string;
                /** @description the content hash of the version that must be the current one, in quotes */
                "if-match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/yaml": string;
                "application/json": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Applied"];
                };
            };
            /** @description Somebody applied another version meanwhile. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The document has errors: each with its JSON pointer and line. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    previewWorkflow: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/yaml": string;
                "application/json": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkflowPreview"];
                };
            };
            /** @description The document has errors: each with its JSON pointer and line. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    lintWorkflow: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/yaml": string;
                "application/json": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LintResult"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSchema: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWorkflow: {
        parameters: {
            query?: {
                /** @description content hash; absent: the current version */
                version?: string;
            };
            header?: never;
            path: {
                namespace: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkflowDetail"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateWorkflow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                namespace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    enabled: boolean;
                    reason?: string;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkflowSummary"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listVersions: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                namespace: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkflowVersionPage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    publishVersion: {
        parameters: {
            query?: never;
            header?: {
                /** @description the content hash of the version that must be the current one, in quotes */
                "if-match"?: string;
            };
            path: {
                version: string;
                name: string;
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    note?: string;
                    /** @description under 100: takes this share of the new runs beside the current version */
                    percent?: number;
                    /** @description although lint finds errors in it now */
                    force?: boolean;
                    /** @description say what lint finds, and change nothing */
                    dryRun?: boolean;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkflowPublished"];
                };
            };
            /** @description Another version was made the current one meanwhile. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    showCanary: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkflowCanaryAnswer"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stopCanary: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkflowCanaryAnswer"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    disableWorkflow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                namespace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: string;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkflowSummary"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    enableWorkflow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkflowSummary"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    startRun: {
        parameters: {
            query?: never;
            header?: {
                /** @description wait=SECONDS: answer 200 with the output when the run ends in time. */
                Prefer?: string;
                /** @description A repeat with the same key and the same body answers the first run. */
                "Idempotency-Key"?: string;
            };
            path: {
                name: string;
                namespace: string;
            };
            cookie?: never;
        };
        /** @description the input, any JSON value */
        requestBody?: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description The run ended in time. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunStarted"];
                };
            };
            /** @description The run is stored and goes on. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunStarted"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRuns: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                /** @description one or several statuses, comma-separated */
                status?: string;
                /** @description namespace/name */
                workflow?: string;
                /** @description run id (or its start), or text in input, output or error */
                q?: string;
                from?: string;
                to?: string;
                /** @description runs that this run started */
                parent?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunPage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryRuns: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description namespace/name */
                    workflow?: string;
                    /** @description started at or after, ISO 8601 */
                    from?: string;
                    /** @description started before, ISO 8601 */
                    to?: string;
                    /** @description run id (or its start), or text in input, output or error */
                    q?: string;
                    /** @description type of the error, or its last part: timeout */
                    errorType?: string;
                    /** @default 100 */
                    limit?: number;
                    /** @default false */
                    dryRun?: boolean;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkRetried"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunDetail"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRunJournal: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JournalPage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    previewRetry: {
        parameters: {
            query?: {
                /** @description JSON pointer or position of the task to start from */
                from?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetryPreview"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    reason?: string;
                };
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunSummary"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    fromTask?: string;
                };
            };
        };
        responses: {
            202: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunStarted"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    migrateRuns: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                namespace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description the version to go on with: its number, or the beginning of its content hash */
                    to: string;
                    /** @description only runs of this version; absent: of all others */
                    from?: string;
                    /** @description only these runs */
                    runs?: string[];
                    /** @description started at or after, ISO 8601 */
                    startedFrom?: string;
                    /** @description started before, ISO 8601 */
                    startedTo?: string;
                    /** @description run id (or its start), or text in input, output or error */
                    q?: string;
                    cursor?: string;
                    /** @default 200 */
                    limit?: number;
                    /** @default false */
                    dryRun?: boolean;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunMigrations"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTaskData: {
        parameters: {
            query: {
                /** @description position of the task, or its JSON pointer: then its last instance */
                at: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskData"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCassette: {
        parameters: {
            query?: {
                /** @description names of properties, with commas between them, whose values are replaced wherever they stand */
                redact?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cassette"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getPartialOutputs: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PartialOutputs"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMasterKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MasterKeys"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateMasterKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MasterKeyRotation"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSecrets: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecretPage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description a text, or an object whose parts workflows read by name */
                    value: string | {
                        [key: string]: unknown;
                    };
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecretItem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSchedules: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SchedulePage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                namespace: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleDetail"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pauseSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                namespace: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleDetail"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resumeSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                namespace: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleDetail"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    fireSchedule: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                namespace: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunStarted"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listEventSchedules: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventSchedulePage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTriggers: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TriggerPage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    applyTrigger: {
        parameters: {
            query?: {
                /** @description true: say what would change, and change nothing */
                plan?: "true" | "false" | "";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/yaml": string;
                "application/json": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Applied"];
                };
            };
            /** @description The document has errors: each with its JSON pointer and line. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTrigger: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TriggerDetail"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeTrigger: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeTrigger: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    enabled: boolean;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TriggerDetail"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    lookAtTrigger: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TriggerDetail"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listReviews: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                status?: string;
                workflow?: string;
                runId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReviewPage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReview: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReviewDetail"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    decideReview: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReviewDecisionRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReviewDetail"];
                };
            };
            /** @description The review is decided already, or it expired. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPolicies: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                /** @description true: those that were withdrawn or replaced too */
                all?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyPage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    applyPolicy: {
        parameters: {
            query?: {
                /** @description true: say what would change, and change nothing */
                plan?: "true" | "false" | "";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/yaml": string;
                "application/json": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Applied"];
                };
            };
            /** @description The document has errors: each with its JSON pointer and line. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getPolicy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyDetail"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdrawPolicy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restorePolicy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Applied"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listConnections: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                plugin?: string;
                environment?: string;
                state?: "off" | "plugin-missing" | "quarantined" | "hosts-to-confirm" | "sign-in-needed" | "failing" | "ok" | "unknown";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionPage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getConnection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionDetail"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putConnection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    plugin: string;
                    /** @default {} */
                    settings?: {
                        [key: string]: unknown;
                    };
                    /** @default true */
                    enabled?: boolean;
                    limits?: {
                        concurrency?: number;
                        rateLimit?: {
                            requests: number;
                            perMs: number;
                        };
                    } | null;
                    owner?: string | null;
                    environment?: string | null;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionDetail"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeConnection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    testConnection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionTest"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHosts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionHosts"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    confirmHosts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    hosts: string[];
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionHosts"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    beginSignIn: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    returnTo?: "dashboard";
                };
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignInBegun"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSignIn: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignInAttempt"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endSignIn: {
        parameters: {
            query?: {
                state?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPlugins: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginPage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    release: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginPage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getLog: {
        parameters: {
            query?: {
                version?: string;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginLog"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCapabilities: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CapabilityPage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPackages: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginVersionPage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    findUpdates: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginUpdates"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    installFromNpm: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description name of the package with a version, range or tag: @acme/crm-acme@^2 */
                    spec: string;
                    /** @description sha512-<base64>: anything else is refused */
                    integrity?: string;
                };
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginVersionDetail"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    installTarball: {
        parameters: {
            query?: {
                integrity?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description a tarball as "npm pack" makes it, up to 20 MiB */
        requestBody: {
            content: {
                "*/*": string;
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginVersionDetail"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getPackage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginVersionPage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginVersionDetail"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove: {
        parameters: {
            query?: {
                force?: string;
            };
            header?: never;
            path: {
                name: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTarball: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/gzip": string;
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    approve: {
        parameters: {
            query?: never;
            header?: {
                /** @description the revision of the version that was looked at, in quotes */
                "If-Match"?: string;
            };
            path: {
                name: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description workflow versions that are there already go on with this version, runs under way included
                     * @default false
                     */
                    moveWorkflows?: boolean;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginVersionItem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginVersionItem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rollBack: {
        parameters: {
            query?: never;
            header?: {
                /** @description the revision of the version that was looked at, in quotes */
                "If-Match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PluginVersionItem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    tryCapability: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                capability: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    connection: string;
                    /**
                     * @description what the capability takes; checked by its input schema
                     * @default {}
                     */
                    input?: unknown;
                    /**
                     * @description needed for effects other than read: the effect, as the capability declares it
                     * @enum {string}
                     */
                    confirm?: "read" | "idempotent-write" | "write";
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trial"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    followEvents: {
        parameters: {
            query?: never;
            header?: {
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sendEvents: {
        parameters: {
            query?: never;
            header?: {
                /** @description Binary mode: the attributes of the event are headers (ce-id, ce-source, ce-type), the body is its data. */
                "ce-specversion"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description an event, an array of events, or the data of an event */
        requestBody: {
            content: {
                "application/cloudevents+json": unknown;
                "application/cloudevents-batch+json": unknown;
                "application/json": unknown;
                "application/octet-stream": unknown;
            };
        };
        responses: {
            /** @description Taken; without runs where no trigger wants it. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventsTaken"];
                };
            };
            /** @description A trigger refused an event: which, and why. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    answerCall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        /** @description JSON, as the connector wants it */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, now or before. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    askHook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Of no interest; or what the plugin answers. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sendToHook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        /** @description what the other system sends */
        requestBody: {
            content: {
                "application/json": unknown;
                "application/octet-stream": unknown;
            };
        };
        responses: {
            /** @description Stored, or of no interest; or what the plugin answers. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sendSignal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    type: string;
                    data?: unknown;
                    /** @description names the event, so that one that is sent again counts once */
                    id?: string;
                    source?: string;
                };
                "application/cloudevents+json": {
                    type: string;
                    data?: unknown;
                    /** @description names the event, so that one that is sent again counts once */
                    id?: string;
                    source?: string;
                };
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignalTaken"];
                };
            };
            /** @description The run has ended. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTraces: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                service?: string;
                managed?: string;
                q?: string;
                runId?: string;
                from?: string;
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TracePage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTrace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                traceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trace"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRunTrace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trace"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listInventory: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                kind?: "application" | "agent" | "model" | "tool" | "mcp-server";
                managed?: string;
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AiAssetPage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOverview: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWorkflowMetrics: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
            };
            header?: never;
            path: {
                namespace: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricSeries"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDeadLetters: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                /** @description open, redriven, discarded; comma-separated */
                status?: string;
                topic?: string;
                reason?: string;
                /** @description name of a trigger */
                trigger?: string;
                /** @description text in key, detail or payload, or the id of a letter */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterPage"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redriveDeadLetters: {
        parameters: {
            query?: {
                /** @description true: say what would be done, and do nothing */
                plan?: "true" | "false" | "";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeadLetterSelection"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterBatch"];
                };
            };
            /** @description The bus did not acknowledge; nothing was marked. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    discardDeadLetters: {
        parameters: {
            query?: {
                /** @description true: say what would be done, and do nothing */
                plan?: "true" | "false" | "";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeadLetterSelection"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterBatch"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDeadLetter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterDetail"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    editDeadLetter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeadLetterEdit"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterDetail"];
                };
            };
            /** @description The letter is not open. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The topic does not take it: each place with its line. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restoreDeadLetter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterDetail"];
                };
            };
            /** @description The letter is not open. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redriveDeadLetter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterDetail"];
                };
            };
            /** @description The letter is not open, or somebody else is at it. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It cannot be sent as it is, or it failed again. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The bus did not acknowledge; the letter is still open. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    discardDeadLetter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterDetail"];
                };
            };
            /** @description The letter is not open. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reopenDeadLetter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterDetail"];
                };
            };
            /** @description The letter was not discarded. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCapabilities: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionCapabilities"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setCapabilities: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    mode?: "pin" | "follow";
                    prefix?: string | null;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionCapabilities"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    findCapabilities: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionCapabilities"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    approveCapabilities: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    hash: string;
                    /** @default {} */
                    effects?: {
                        [key: string]: "read" | "idempotent-write" | "write";
                    };
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionCapabilities"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSystem: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["System"];
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Metrics by name. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description A problem, as RFC 9457 has it. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}

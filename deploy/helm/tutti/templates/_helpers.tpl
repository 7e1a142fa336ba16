{{- define "tutti.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The name of a role as the program knows it: connectorHost is connector-host. */}}
{{- define "tutti.role" -}}
{{- kebabcase . -}}
{{- end -}}

{{- define "tutti.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ include "tutti.role" .role }}
{{- end -}}

{{- define "tutti.labels" -}}
{{ include "tutti.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: tutti
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "tutti.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "tutti.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "tutti.image" -}}
{{- $image := ternary .root.Values.images.dashboard .root.Values.images.hub (eq .role "dashboard") -}}
{{- $name := $image.repository -}}
{{- if .root.Values.images.registry -}}
{{- $name = printf "%s/%s" (trimSuffix "/" .root.Values.images.registry) $name -}}
{{- end -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $name $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name ($image.tag | default .root.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{- define "tutti.secret" -}}
{{- required "existingSecret is missing: name the Secret with the master key and the tokens (docs/deploy.md, Secrets)." .Values.existingSecret -}}
{{- end -}}

{{/* Ports of a role: name, number and the Service's. */}}
{{- define "tutti.ports" -}}
{{- if eq . "api" }}
- { name: http, port: 4000 }
{{- else if eq . "collector" }}
- { name: otlp-http, port: 4318 }
- { name: otlp-grpc, port: 4317 }
{{- else if eq . "dashboard" }}
- { name: http, port: 3000 }
{{- end }}
{{- end -}}

{{- define "tutti.env" -}}
{{- $values := .root.Values -}}
- { name: TUTTI_HOST, value: 0.0.0.0 }
- { name: TUTTI_HEALTH_PORT, value: '4100' }
- { name: TUTTI_LOG_LEVEL, value: {{ $values.logLevel | quote }} }
- { name: TUTTI_DRAIN_SECONDS, value: {{ $values.shutdown.drainSeconds | quote }} }
- { name: TUTTI_STOP_SECONDS_MAX, value: {{ $values.shutdown.secondsMax | quote }} }
{{- if eq .role "dashboard" }}
- { name: TUTTI_PORT, value: '3000' }
- { name: TUTTI_API_URL, value: 'http://{{ include "tutti.fullname" .root }}-api:4000' }
- { name: TUTTI_DASHBOARD_SECRET_FILE, value: /run/secrets/tutti/dashboard-secret }
{{- else }}
- { name: TUTTI_DATABASE_URL_FILE, value: /run/secrets/tutti/database-url }
{{- include "tutti.kafkaEnv" .root }}
{{- with $values.telemetry.otlpEndpoint }}
- { name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }} }
{{- end }}
{{- end }}
{{- if eq .role "api" }}
- { name: TUTTI_API_PORT, value: '4000' }
- { name: TUTTI_PUBLIC_URL, value: {{ $values.publicUrl | quote }} }
- { name: TUTTI_ADMIN_TOKEN_FILE, value: /run/secrets/tutti/admin-token }
{{- if $values.examples }}
- { name: TUTTI_EXAMPLES, value: '1' }
{{- end }}
{{- end }}
{{- if or (eq .role "api") (eq .role "connectorHost") }}
- { name: TUTTI_MASTER_KEY_FILE, value: /run/secrets/tutti/master-key }
{{- end }}
{{- if eq .role "collector" }}
- { name: TUTTI_OTLP_PORT, value: '4318' }
- { name: TUTTI_OTLP_GRPC_PORT, value: '4317' }
- { name: TUTTI_SPAN_DAYS_MAX, value: {{ $values.collector.spanDaysMax | quote }} }
- { name: TUTTI_SPAN_BYTES_MAX, value: {{ int64 $values.collector.spanBytesMax | quote }} }
{{- if $values.secretKeys.otlpToken }}
- { name: TUTTI_OTLP_TOKEN_FILE, value: /run/secrets/tutti/otlp-token }
{{- end }}
{{- end }}
{{- with (index $values .role).extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "tutti.kafkaEnv" -}}
{{- with .Values.kafka }}
- { name: TUTTI_KAFKA_BROKERS, value: {{ required "kafka.brokers is missing: give host:port of some brokers." .brokers | quote }} }
- { name: TUTTI_KAFKA_PREFIX, value: {{ .prefix | quote }} }
- { name: TUTTI_KAFKA_PARTITIONS, value: {{ .partitions | quote }} }
- { name: TUTTI_KAFKA_MANAGE_TOPICS, value: {{ .manageTopics | quote }} }
{{- if .replication }}
- { name: TUTTI_KAFKA_REPLICATION, value: {{ .replication | quote }} }
{{- end }}
{{- if .tls.enabled }}
- { name: TUTTI_KAFKA_TLS, value: 'true' }
{{- if and .tls.existingSecret .tls.caKey }}
- { name: TUTTI_KAFKA_CA_FILE, value: {{ printf "/etc/tutti/kafka/%s" .tls.caKey | quote }} }
{{- end }}
{{- if and .tls.existingSecret .tls.certKey }}
- { name: TUTTI_KAFKA_CERT_FILE, value: {{ printf "/etc/tutti/kafka/%s" .tls.certKey | quote }} }
- { name: TUTTI_KAFKA_KEY_FILE, value: {{ printf "/etc/tutti/kafka/%s" (required "kafka.tls.keyKey belongs to certKey" .tls.keyKey) | quote }} }
{{- end }}
{{- end }}
{{- if .sasl.mechanism }}
- { name: TUTTI_KAFKA_SASL_MECHANISM, value: {{ .sasl.mechanism | quote }} }
- { name: TUTTI_KAFKA_SASL_USERNAME, value: {{ required "kafka.sasl.username is missing" .sasl.username | quote }} }
- { name: TUTTI_KAFKA_SASL_PASSWORD_FILE, value: /run/secrets/tutti/kafka-password }
{{- end }}
{{- end }}
{{- end -}}

{{/* Of each Secret only the keys that the role needs are mounted. */}}
{{- define "tutti.secretSources" -}}
{{- $values := .root.Values -}}
{{- $secret := include "tutti.secret" .root -}}
{{- $keys := list -}}
{{- if eq .role "dashboard" -}}
{{- $keys = append $keys (list $values.secretKeys.dashboardSecret "dashboard-secret") -}}
{{- end -}}
{{- if or (eq .role "api") (eq .role "connectorHost") -}}
{{- $keys = append $keys (list $values.secretKeys.masterKey "master-key") -}}
{{- end -}}
{{- if eq .role "api" -}}
{{- $keys = append $keys (list $values.secretKeys.adminToken "admin-token") -}}
{{- end -}}
{{- if and (eq .role "collector") $values.secretKeys.otlpToken -}}
{{- $keys = append $keys (list $values.secretKeys.otlpToken "otlp-token") -}}
{{- end -}}
{{- if $keys }}
- secret:
    name: {{ $secret | quote }}
    items:
      {{- range $keys }}
      - { key: {{ first . | quote }}, path: {{ last . }} }
      {{- end }}
{{- end }}
{{- if ne .role "dashboard" }}
- secret:
    name: {{ $values.database.existingSecret | default $secret | quote }}
    items:
      - { key: {{ $values.database.urlKey | quote }}, path: database-url }
{{- if $values.kafka.sasl.mechanism }}
- secret:
    name: {{ required "kafka.sasl.existingSecret is missing: name the Secret with the password." $values.kafka.sasl.existingSecret | quote }}
    items:
      - { key: {{ $values.kafka.sasl.passwordKey | quote }}, path: kafka-password }
{{- end }}
{{- end }}
{{- end -}}

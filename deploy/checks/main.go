// The engines of Helm and of Docker Compose, without a cluster and without Docker: what `helm lint`, `helm template`
// and `docker compose config` find, this finds, because it is their code.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
)

func main() {
	commands := map[string]func([]string) error{
		"lint": lintChart, "template": template, "compose": compose,
	}
	if len(os.Args) < 3 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "Usage: deploy-checks lint|template CHART [VALUES...] | compose FILE")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func readValues(files []string) (map[string]interface{}, error) {
	merged := map[string]interface{}{}
	for _, file := range files {
		values, err := chartutil.ReadValuesFile(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		merged = chartutil.CoalesceTables(values, merged)
	}
	return merged, nil
}

// As `helm lint --strict`: warnings are errors. The advice to add an icon is not.
func lintChart(args []string) error {
	values, err := readValues(args[1:])
	if err != nil {
		return err
	}
	result := lint.AllWithKubeVersion(args[0], values, "default", nil)
	var found []string
	for _, message := range result.Messages {
		if message.Severity >= support.WarningSev {
			found = append(found, message.Error())
		}
	}
	if len(found) > 0 {
		return fmt.Errorf("%s", strings.Join(found, "\n"))
	}
	return nil
}

// As `helm template`, release tutti in the namespace apps.
func template(args []string) error {
	chart, err := loader.Load(args[0])
	if err != nil {
		return err
	}
	values, err := readValues(args[1:])
	if err != nil {
		return err
	}
	release := chartutil.ReleaseOptions{Name: "tutti", Namespace: "apps", Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValues(chart, values, release, nil)
	if err != nil {
		return err
	}
	rendered, err := engine.Render(chart, all)
	if err != nil {
		return err
	}
	var names []string
	for name := range rendered {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if strings.HasSuffix(name, "NOTES.txt") {
			fmt.Fprint(os.Stderr, rendered[name])
		} else {
			fmt.Printf("---\n# Source: %s\n%s\n", name, strings.TrimPrefix(strings.TrimSpace(rendered[name]), "---"))
		}
	}
	return nil
}

// As `docker compose config --format json`.
func compose(args []string) error {
	options, err := cli.NewProjectOptions(args[:1], cli.WithOsEnv, cli.WithDotEnv, cli.WithInterpolation(true))
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(project)
}

// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"
	bootstrapapi "k8s.io/cluster-bootstrap/token/api"
	"sigs.k8s.io/yaml"

	"groundwork.platform/lab/k3s/internal/config"
)

// bootstrapToken is a bootstrap token as "k3s token list -o json" shows it; its id is not in it (contract 3.3).
type bootstrapToken struct {
	Token       struct{}     `json:"token"`
	Description string       `json:"description,omitempty"`
	Expires     *metav1.Time `json:"expires,omitempty"`
	Usages      []string     `json:"usages,omitempty"`
	Groups      []string     `json:"groups,omitempty"`
	id          string
}

func listTokens(ctx context.Context, values config.Values, _ []string) error {
	secrets, _, err := tokenSecrets(values)
	if err != nil {
		return err
	}
	found, err := secrets.List(ctx, metav1.ListOptions{FieldSelector: "type=" + string(bootstrapapi.SecretTypeBootstrapToken)})
	if err != nil {
		return fmt.Errorf("failed to list bootstrap tokens: %w", err)
	}
	tokens := make([]bootstrapToken, len(found.Items))
	for i := range found.Items {
		tokens[i] = fromSecret(&found.Items[i])
	}
	encode := map[string]func(any) ([]byte, error){"json": json.Marshal, "yaml": yaml.Marshal}[values.Text("output", "text")]
	if encode == nil {
		return printTokens(tokens)
	}
	data, err := encode(tokens)
	if err == nil {
		fmt.Println(strings.TrimSpace(string(data)))
	}
	return err
}

func fromSecret(secret *corev1.Secret) bootstrapToken {
	t := bootstrapToken{
		id:          string(secret.Data[bootstrapapi.BootstrapTokenIDKey]),
		Description: string(secret.Data[bootstrapapi.BootstrapTokenDescriptionKey]),
	}
	if end, err := time.Parse(time.RFC3339, string(secret.Data[bootstrapapi.BootstrapTokenExpirationKey])); err == nil {
		t.Expires = &metav1.Time{Time: end}
	}
	for key, value := range secret.Data {
		if usage, isUsage := strings.CutPrefix(key, bootstrapapi.BootstrapTokenUsagePrefix); isUsage && string(value) == "true" {
			t.Usages = append(t.Usages, usage)
		}
	}
	slices.Sort(t.Usages)
	if groups := string(secret.Data[bootstrapapi.BootstrapTokenExtraGroupsKey]); groups != "" {
		t.Groups = strings.Split(groups, ",")
	}
	return t
}

func printTokens(tokens []bootstrapToken) error {
	table := tabwriter.NewWriter(os.Stdout, 10, 4, 3, ' ', 0)
	fmt.Fprintln(table, "TOKEN\tTTL\tEXPIRES\tUSAGES\tDESCRIPTION\tEXTRA GROUPS")
	for _, t := range tokens {
		ttl, expires := "<forever>", "<never>"
		if t.Expires != nil {
			ttl, expires = duration.ShortHumanDuration(time.Until(t.Expires.Time)), t.Expires.Format(time.RFC3339)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", t.id, ttl, expires, orNone(t.Usages...), orNone(t.Description), orNone(t.Groups...))
	}
	return table.Flush()
}

func orNone(texts ...string) string {
	if joined := strings.Join(texts, ","); joined != "" {
		return joined
	}
	return "<none>"
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

package main

import (
	"context"
	"os"

	"github.com/alecthomas/kong"

	"tongtang/operations"
	"tongtang/queries"
)

type doctorCmd struct {
	Data string `help:"数据文件夹" default:"data" type:"path"`
	JSON bool   `help:"以 JSON 输出"`
}

// Run looks at the folder and the machine and says what to do. Exit codes: 0
// all is well, 1 something does not work, 2 usage, 3 remarks only.
func (c *doctorCmd) Run(ctx context.Context, kctx *kong.Context) error {
	findings, err := operations.Doctor(ctx, queries.Folder(c.Data), operations.DoctorOptions{Version: version, Settings: settingNames(kctx.Model.Node)})
	if err != nil {
		return err
	}
	return tell(os.Stdout, findings, c.JSON)
}

// settingNames lists what tongtang.toml may say: every command and flag.
func settingNames(n *kong.Node) []string {
	var names []string
	for _, f := range n.Flags {
		names = append(names, f.Name)
	}
	for _, child := range n.Children {
		names = append(names, child.Name)
		names = append(names, settingNames(child)...)
	}
	return names
}

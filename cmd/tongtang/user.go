package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/mattn/go-isatty"
	"golang.org/x/term"

	"tongtang/operations"
	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// userCmd changes accounts, whether the workbench is running or not.
type userCmd struct {
	Data string `help:"数据文件夹" default:"data" type:"path"`

	Add     userAddCmd   `cmd:"" help:"新增帐号"`
	Reset   userLoginCmd `cmd:"" help:"重置口令：生成一个新口令，只显示这一次，下次登录须更改"`
	Disable userLoginCmd `cmd:"" help:"停用帐号，并结束它的全部登录"`
	Enable  userLoginCmd `cmd:"" help:"重新启用帐号"`
	Unlock  userLoginCmd `cmd:"" help:"解除多次输错口令后的锁定"`
	List    userListCmd  `cmd:"" help:"列出帐号"`
}

type userAddCmd struct {
	Login        string `help:"登录名：小写字母、数字或 . _ -" required:""`
	Name         string `help:"姓名" required:""`
	Role         string `help:"角色：查阅、会务、研判、复核、管理员" enum:"查阅,会务,研判,复核,管理员" default:"研判"`
	Department   string `help:"部门：JC 检察、FY 法院、GA 公安监所、JY 监狱、SJ 社区矫正、XX 其他" enum:"JC,FY,GA,JY,SJ,XX" default:"XX"`
	AskPassword  bool   `help:"在终端输入两次口令，或从标准输入读一行；否则生成一个，只显示这一次，首次登录须更改" xor:"password"`
	PasswordFile string `help:"口令取自该文件第一行" type:"existingfile" xor:"password"`
}

func (c *userAddCmd) Run(ctx context.Context, user *userCmd) error {
	req := operations.UserRequest{Verb: "add", Login: c.Login, Name: c.Name, Role: queries.Role(c.Role), Department: feedback.Department(c.Department)}
	var err error
	switch {
	case c.PasswordFile != "":
		req.Password, err = firstLine(c.PasswordFile)
	case c.AskPassword:
		req.Password, err = readPassword()
	}
	if err != nil {
		return err
	}
	a, err := operations.User(ctx, queries.Folder(user.Data), req)
	if err != nil {
		return err
	}
	fmt.Printf("已新增帐号 %s（%s，%s）\n", c.Login, c.Name, c.Role)
	sayPassword(a.Password)
	return nil
}

type userLoginCmd struct {
	Login string `help:"登录名" required:""`
}

func (c *userLoginCmd) Run(ctx context.Context, user *userCmd, kctx *kong.Context) error {
	verb := kctx.Selected().Name
	a, err := operations.User(ctx, queries.Folder(user.Data), operations.UserRequest{Verb: verb, Login: c.Login})
	if err != nil {
		return err
	}
	fmt.Printf("%s：已%s\n", c.Login, map[string]string{"reset": "重置口令", "disable": "停用", "enable": "启用", "unlock": "解除锁定"}[verb])
	sayPassword(a.Password)
	return nil
}

type userListCmd struct{}

func (c *userListCmd) Run(ctx context.Context, user *userCmd) error {
	a, err := operations.User(ctx, queries.Folder(user.Data), operations.UserRequest{Verb: "list"})
	if err != nil {
		return err
	}
	for _, u := range a.Accounts {
		state := "可登录"
		switch {
		case !u.Active:
			state = "已停用"
		case u.Locked(time.Now()):
			state = "已锁定"
		case u.MustChange:
			state = "首次登录须改口令"
		}
		seen := "从未登录"
		if !u.LastSeen.IsZero() {
			seen = "最近 " + u.LastSeen.Local().Format("2006-01-02 15:04")
		}
		fmt.Printf("%s\t%s\t%s\t%s\t%s\t%s\n", u.Login, u.Name, feedback.Department(u.Department).Name(), u.Role, state, seen)
	}
	return nil
}

func sayPassword(password string) {
	if password != "" {
		fmt.Printf("  口令 %s   （只显示这一次；首次登录后须更改）\n", password)
	}
}

// readPassword asks twice on a terminal, without showing what is typed; from a
// pipe it reads one line.
func readPassword() (string, error) {
	in := int(os.Stdin.Fd())
	if !isatty.IsTerminal(os.Stdin.Fd()) {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", errors.Join(errors.New("标准输入中没有口令"), err)
		}
		return line, nil
	}
	ask := func(prompt string) (string, error) {
		fmt.Fprint(os.Stderr, prompt)
		body, err := term.ReadPassword(in)
		fmt.Fprintln(os.Stderr)
		return string(body), err
	}
	first, err := ask("口令：")
	if err != nil {
		return "", err
	}
	again, err := ask("再输一次：")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", errors.New("两次输入的口令不同，帐号没有建立")
	}
	return first, nil
}

// createAccount makes a sample account.
func createAccount(ctx context.Context, store *queries.Store, login, name string, department feedback.Department, role, password string) error {
	_, err := store.CreateAccount(ctx, 0, queries.NewAccount{Login: login, Name: name, Department: department, Role: queries.Role(role), Password: password})
	return err
}

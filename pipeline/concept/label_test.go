package concept

import "testing"

func TestTitlesAreSetAsPrintWould(t *testing.T) {
	for in, want := range map[string]string{
		"狱内月消费５００元就说有能力缴罚金，　未免太粗": "狱内月消费500元就说有能力缴罚金，未免太粗",
		"診断書要附２名医師签字　和检查单":        "診断書要附2名医師签字和检查单",
		"works in  another city":  "works in another city",
		"法院 2024年 不回函":            "法院2024年不回函",
	} {
		if got := tidy(in); got != want {
			t.Errorf("tidy(%q) = %q, want %q", in, got, want)
		}
	}
	if got := cut("The defendant rents in our district and works elsewhere", 40); got != "The defendant rents in our district…" {
		t.Errorf("cut = %q", got)
	}
	for in, want := range map[string]string{
		"Incomprehensibilities notwithstandingly unfold":                   "Incomprehensibilities notwithstandingly…",
		"Incomprehensibilitiesnotwithstandinglyunfolding":                  "Incomprehensibilitiesnotwithstandinglyu…",
		"Must a detention centre give a detainee held there his medicines": "Must a detention centre give a detainee…",
	} {
		if got := cut(in, 40); got != want {
			t.Errorf("cut(%q) = %q, want %q", in, got, want)
		}
	}
}

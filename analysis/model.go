package analysis

import "math"

// same is the probability that two units say the same, by logistic regression
// over the evidence.
func (e *evidence) same() float32 {
	s := float32(-6.5)
	s += 3*e[evWords] + 3*e[evGrams] + 5*e[evContrastMin] + 3*e[evContrastMax]
	s += 2*e[evCoverMin] + e[evOrder] + e[evCommon]
	s += -1*e[evRankMin] - 0.5*e[evRankMax] - 1*e[evRareMax]
	s += 0.5*e[evQuestionSame] - 1.2*e[evQuestionOff] - 0.3*e[evQuestionOne]
	s += 0.3*e[evNumberSame] - 1*e[evNumberOff] - 0.3*e[evNumberOne] - 0.7*e[evNegation]
	s += 5 * e[evDomain]
	return float32(1 / (1 + math.Exp(-float64(s))))
}

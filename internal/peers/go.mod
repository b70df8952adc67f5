module interlock/internal/peers

go 1.26

require (
	github.com/looplab/fsm v1.0.3
	github.com/qmuntal/stateless v1.7.2
	github.com/stretchr/testify v1.12.1
	interlock v0.0.0
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect

replace interlock => ../..

-- Weighted round robin over {["address:port"] = weight}; `nodes` is read by the caller.
local RoundRobin = {}
RoundRobin.__index = RoundRobin

function RoundRobin.new(_, nodes)
  return setmetatable({}, RoundRobin):reinit(nodes)
end

function RoundRobin:reinit(nodes)
  local turns = {}
  for node, weight in pairs(nodes) do
    for _ = 1, weight do
      turns[#turns + 1] = node
    end
  end
  table.sort(turns)
  self.nodes, self.turns = nodes, turns
  self.last = math.random(0, #turns) -- the workers do not start at the same one
  return self
end

function RoundRobin:find()
  self.last = self.last % #self.turns + 1
  return self.turns[self.last]
end

return RoundRobin

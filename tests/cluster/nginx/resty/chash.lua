-- Consistent hashing by the highest score of key and node: a key keeps its node until that node goes.
local Hash = {}
Hash.__index = Hash

function Hash.new(_, nodes)
  return setmetatable({ nodes = nodes }, Hash)
end

function Hash:reinit(nodes)
  self.nodes = nodes
end

function Hash:find(key)
  local best, highest
  for node in pairs(self.nodes) do
    local score = ngx.crc32_long(key .. "@" .. node)
    if not highest or score > highest then
      best, highest = node, score
    end
  end
  return best
end

return Hash

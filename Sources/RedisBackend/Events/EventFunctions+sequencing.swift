extension EventFunctions {
    /// How the events of an order stay one behind the other until they are routed, and how events are given back.
    static let sequencing = #"""
        -- The end of the tokens of events that have an order, so that no other body is looked into again.
        local ORDERED = 'o'

        -- The order of an event, as `Event.order` has it. Only what may be of one is decoded, since nearly all are not.
        local function order_of(body)
            if not string.find(body, 'site.', 1, true) and not string.find(body, '\\u00', 1, true) then return nil end
            local is_json, event = pcall(cjson.decode, body)
            if not is_json or type(event) ~= 'table' then return nil end
            if type(event.type) ~= 'string' or string.sub(event.type, 1, 5) ~= 'site.' then return nil end
            return type(event.subject) == 'string' and event.subject or nil
        end

        local function waiting_key(q, order) return q.p .. 'w:' .. order end

        -- How many events wait, and how many of them behind others of their order, so that nobody can claim them.
        local function waiting_events(q)
            local behind = tonumber(redis.call('HGET', q.counters, 'behind') or 0)
            local first = redis.call('LLEN', q.list) + redis.call('LLEN', q.again) + redis.call('LLEN', q.suspects)
            return first + behind, behind
        end

        local function push_again(q, crashes, text)
            redis.call('RPUSH', crashes < SUSPICIOUS and q.again or q.suspects, text)
        end

        -- Splits `<crashes>:<body>`; nil where it is the turn of an order, `o:<order>`.
        local function waiting_event(text)
            local colon = string.find(text, ':', 1, true)
            return tonumber(string.sub(text, 1, colon - 1)), string.sub(text, colon + 1)
        end

        -- The tokens of what is held of an order; none while it waits for its turn, nil where nothing of it is known.
        local function chain_of(q, order)
            local text = redis.call('HGET', q.ordered, order)
            if not text then return nil end
            local tokens = {}
            for token in string.gmatch(text, '%S+') do tokens[#tokens + 1] = token end
            return tokens
        end

        -- Writes down what is held of an order. When that is nothing, the first that waits has its turn.
        local function set_chain(q, order, tokens)
            local first = #tokens == 0 and redis.call('LINDEX', waiting_key(q, order), 0)
            if #tokens == 0 and not first then
                redis.call('HDEL', q.ordered, order)
                return
            end
            redis.call('HSET', q.ordered, order, table.concat(tokens, ' '))
            if first then
                count(q, 'behind', -1)
                push_again(q, waiting_event(first), 'o:' .. order)
            end
        end

        -- The order of what is held by a token, the chain of that, and where in it the token is; nil for most.
        local function place_of(q, token, body)
            if string.sub(token, -1) ~= ORDERED then return nil end
            local order = order_of(body)
            local chain = order and chain_of(q, order) or {}
            for i, each in ipairs(chain) do
                if each == token then return order, chain, i end
            end
        end

        -- Lets the next of its order come when an event is no longer held, because it was routed or has ended.
        local function leave_order(q, token, body)
            local order, chain, index = place_of(q, token, body)
            if not order then return end
            table.remove(chain, index)
            set_chain(q, order, chain)
        end

        -- Gives an event back, before all that waits of its order. What was claimed behind it comes back with it.
        -- `take` ends the holding of a token: its body and crashes.
        local function give_back_event(q, token, body, take)
            local order, chain, index = place_of(q, token, body)
            if not order then
                local _, crashes = take(token)
                push_again(q, crashes, int(crashes) .. ':' .. body)
                return
            end
            for i = #chain, index, -1 do
                local each, crashes = take(chain[i])
                if each then
                    redis.call('LPUSH', waiting_key(q, order), int(crashes) .. ':' .. each)
                    count(q, 'behind', 1)
                end
                chain[i] = nil
            end
            set_chain(q, order, chain)
        end

        -- A crash with others in hand may be any one's fault: it makes a suspect, and only crashes alone go beyond that.
        local function after_crash(crashes, alone)
            return (alone or crashes < SUSPICIOUS) and crashes + 1 or crashes
        end

        -- Gives back all that a worker holds, in the order in which it took it; or what it holds under newer tokens.
        local function give_back(q, boot, crashed, known)
            local key = held_key(q, boot)
            local items = redis.call('HGETALL', key)
            local tokens, values = {}, {}
            local function take(token)
                local body, crashes = held_event(values[token])
                values[token] = nil
                if body then return body, crashed and after_crash(crashes, #tokens == 1) or crashes end
            end
            for i = 1, #items, 2 do
                if not known or items[i] > known then
                    tokens[#tokens + 1] = items[i]
                    values[items[i]] = items[i + 1]
                end
            end
            table.sort(tokens)
            if known then
                for _, token in ipairs(tokens) do redis.call('HDEL', key, token) end
            else
                redis.call('DEL', key)
                redis.call('ZREM', q.workers, boot)
                redis.call('SREM', q.boots, boot)
            end
            for _, token in ipairs(tokens) do
                local text = values[token]
                local body = held_event(text)
                if body then
                    give_back_event(q, token, body, take)
                elseif text then
                    local channel, id = string.match(text, '^d(%d+):(.*)$')
                    local d = load(q, id, channel)
                    if d and d.state == 'h' then
                        d.state = 'p'
                        if crashed then d.crashes = after_crash(d.crashes, #tokens == 1) end
                        save(q, d)
                        schedule(q, d)
                    end
                end
            end
            return #tokens
        end

        """#
}
